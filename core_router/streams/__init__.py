"""The state of one connection: client, component. Pure."""
