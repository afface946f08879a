"""XEP-0474: SCRAM downgrade protection, on the wire; its own example stands in `test_scram`."""

import base64
import hashlib

import pytest

from bench.scram import Scram
from core_router.streams.negotiation.downgrade_protection import downgrade_hash
from core_router.streams.negotiation.exchange import Offered
from tests.core_router import login, login2
from tests.core_router.world import PASSWORD, World


def test_the_example() -> None:
    """§6.3; the order in which things were advertised does not matter."""
    offered = Offered(("SCRAM-SHA-1-PLUS", "SCRAM-SHA-1"), ("tls-server-end-point", "tls-exporter"))
    assert downgrade_hash(offered, "sha1") == "G6k/rBLDqgOhRRaCuuatSDFkJ08="


def test_without_channel_binding() -> None:
    digest = hashlib.sha256(b"PLAIN\x1eSCRAM-SHA-1").digest()
    assert (
        downgrade_hash(Offered(("SCRAM-SHA-1", "PLAIN"), ()), "sha256") == base64.b64encode(digest).decode()
    )


@pytest.mark.parametrize("mechanism", ["SCRAM-SHA-1", "SCRAM-SHA-256", "SCRAM-SHA-256-PLUS"])
@pytest.mark.parametrize("newer", [False, True], ids=["SASL", "SASL2"])
def test_the_client_sees_the_hash_of_what_it_was_offered(world: World, mechanism: str, newer: bool) -> None:
    """§6.1: of the profile it uses."""
    namespace = "urn:xmpp:sasl:2" if newer else "urn:ietf:params:xml:ns:xmpp-sasl"
    world.account("alice@localhost")
    alice = world.stranger()
    features = login.open_stream(alice, world.domain)
    names = sorted(str(found.text) for found in features.iterfind(f"*/{{{namespace}}}mechanism"))
    types = sorted(found.get("type", "") for found in features.iter("{urn:xmpp:sasl-cb:0}channel-binding"))
    shown = ("\x1e".join(names) + "\x1f" + "\x1e".join(types)).encode()
    scram = Scram(mechanism, "alice", PASSWORD)
    begin = login2.authenticate if newer else login.auth
    alice.sends(begin(mechanism, scram.first()))
    challenge = base64.b64decode(alice.receives_next(f"<challenge xmlns='{namespace}'/>").text or "")
    hash = "sha1" if mechanism == "SCRAM-SHA-1" else "sha256"
    assert dict(part.split(b"=", 1) for part in challenge.split(b","))[b"h"] == base64.b64encode(
        hashlib.new(hash, shown).digest()
    )
