"""Accounts made the way a client makes them: in-band registration (XEP-0077)."""

import socket
from collections.abc import Iterable

from bench.login import DOMAIN, Account
from bench.servers.server import ServerError


def register(port: int, accounts: Iterable[Account]) -> None:
    """Register `accounts` at the server on `port`, a connection each. Raises `ServerError` if refused."""
    for account in accounts:
        with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
            connection.sendall(_request(account))
            received = b""
            while b"id='reg'" not in received and b'id="reg"' not in received:
                data = connection.recv(65536)
                if not data:
                    raise ServerError(f"registering {account.user}: connection closed after {received!r}")
                received += data
            if b"<error" in received:
                raise ServerError(f"registering {account.user}: {received!r}")


def _request(account: Account) -> bytes:
    return (
        f"<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'"
        f" to='{DOMAIN}' version='1.0'>"
        f"<iq type='set' id='reg'><query xmlns='jabber:iq:register'>"
        f"<username>{account.user}</username><password>{account.password}</password></query></iq>"
    ).encode()
