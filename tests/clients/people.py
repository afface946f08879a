"""Alice sits at a terminal with profanity, bob is a program."""

import itertools
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha1
from pathlib import Path

from tests.clients.conferee import Conferee
from tests.clients.profanity import Profanity
from tests.servers.peer import Peer
from tests.servers.stellwerk import Stellwerk

PASSWORD = "correct horse"
_days = itertools.count(1)

Terminals = Callable[[str, int], Profanity]  # address and port, a terminal each


@dataclass
class People:
    """Both, logged in; `room` is an address nobody has used."""

    alice: Profanity
    bob: Conferee
    alice_jid: str
    bob_jid: str
    room: str


async def meet(server: Stellwerk | Peer, terminals: Terminals) -> People:
    """Two new people log in."""
    day = next(_days)
    users = [f"alice{day}", f"bob{day}"]
    for user in users:
        server.add_account(user, PASSWORD)
    alice_jid, bob_jid = (f"{user}@{server.domain}" for user in users)
    bob = Conferee(bob_jid, PASSWORD, server.authority)
    await bob.logs_in(server.port)
    alice = terminals(alice_jid, server.port)
    await alice.logs_in(fingerprint(server.authority))
    return People(alice, bob, alice_jid, bob_jid, f"signals{day}@conference.{server.domain}")


def fingerprint(certificate: Path) -> str:
    """SHA-1 of the certificate, in hex, as profanity shows it."""
    return sha1(ssl.PEM_cert_to_DER_cert(certificate.read_text())).hexdigest()
