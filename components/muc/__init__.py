"""Conference rooms: XEP-0045 Multi-User Chat."""
