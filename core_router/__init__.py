"""The router: accounts, sessions, presence and delivery in one minimal process (Twisted)."""
