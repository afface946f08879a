"""What it costs to route a message and to keep a session."""
