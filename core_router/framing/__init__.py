"""Bytes to first-level elements and back. Pure."""
