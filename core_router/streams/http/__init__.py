"""XMPP for clients that have nothing but HTTP: WebSocket, BOSH, and how to find them. Pure."""
