"""Alerts, approvals and watches: tells people what happens, and takes their answers."""
