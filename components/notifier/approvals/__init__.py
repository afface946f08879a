"""Approvals: a workflow asks the responsible people, who answer where they are; it gets their decision."""
