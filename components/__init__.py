"""Services beside the router, each a process of its own and an ordinary XEP-0114 component."""
