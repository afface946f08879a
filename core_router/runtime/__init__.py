"""The only folder that touches the reactor, sockets, threads, the clock, the database."""
