"""RFC 5802, RFC 7677: SCRAM's messages and keys; with XEP-0474."""

import base64
import hashlib
import hmac

import pytest

from bench.scram import Scram as ScramClient
from core_router.store.interfaces import Verifier
from core_router.streams.negotiation.exchange import SaslFailure
from core_router.streams.negotiation.scram import (
    ClientFirst,
    Scram,
    make_verifier,
    prepared_password,
    verify_password,
)

HASH = "G6k/rBLDqgOhRRaCuuatSDFkJ08="  # XEP-0474 §6.3


@pytest.fixture
def example(monkeypatch: pytest.MonkeyPatch) -> Scram:
    """The exchange of XEP-0474 §6.3, the client's first message having come."""
    monkeypatch.setattr("secrets.token_urlsafe", lambda _: "a09117a6-ac50-4f2f-93f1-93799c2bddf6")
    first = ClientFirst.parse(b"p=tls-exporter,,n=user,r=12C4CD5C-E38E-4A98-8F6D-15C38F51CCC6")
    salt = base64.b64decode("QSXCR+Q6sek8bf92")
    verifier = make_verifier("pencil", "sha-1", salt=salt, iterations=4096)
    return Scram(first, verifier, "sha-1", b"THIS IS FAKE CB DATA", HASH)


NONCE = b"12C4CD5C-E38E-4A98-8F6D-15C38F51CCC6a09117a6-ac50-4f2f-93f1-93799c2bddf6"
BINDING = b"cD10bHMtZXhwb3J0ZXIsLFRISVMgSVMgRkFLRSBDQiBEQVRB"
PROOF = b"M/SIDjT+dfcxUh89jZEypRvFxB4="
EXTENSION = b"x=19C6532F-1CF4-4A27-A18D-DC9CEA41BBB3"


def test_the_example_of_the_downgrade_protection(example: Scram) -> None:
    assert example.challenge() == b"r=" + NONCE + b",s=QSXCR+Q6sek8bf92,i=4096,h=" + HASH.encode()
    final = b"c=" + BINDING + b",r=" + NONCE + b"," + EXTENSION + b",p=" + PROOF
    assert example.verify(final) == b"v=MQrMPvv7yv4x4Cq4W4Ih25EqS2c="


@pytest.mark.parametrize(
    "final",
    [
        b"c=" + BINDING + b",r=" + NONCE + b",p=" + PROOF,  # what was signed is not what was sent
        b"c=" + BINDING + b",r=" + NONCE + b"x," + EXTENSION + b",p=" + PROOF,
        b"c=biws,r=" + NONCE + b"," + EXTENSION + b",p=" + PROOF,
        b"c=" + BINDING + b",r=" + NONCE + b"," + EXTENSION + b",p=" + PROOF[4:],
        b"c=" + BINDING + b",r=" + NONCE + b"," + EXTENSION + b",p=AAAA",
    ],
)
def test_what_proves_nothing(example: Scram, final: bytes) -> None:
    with pytest.raises(SaslFailure, match="not-authorized"):
        example.verify(final)


@pytest.mark.parametrize(
    "final",
    [b"", b"c=biws", b"c=biws,r=x", b"c=!,r=x,p=AAAA", b"c=biws,r=x,p=!", b"\xff", b"c=,r=x,p=AAAA"],
)
def test_final_messages_that_are_none(example: Scram, final: bytes) -> None:
    with pytest.raises(SaslFailure, match="malformed-request"):
        example.verify(final)


@pytest.mark.parametrize(
    ("hash", "salt", "iterations", "message", "signature"),
    [
        (  # RFC 5802 §5
            "sha-1",
            "QSXCR+Q6sek8bf92",
            4096,
            (
                "n=user,r=fyko+d2lbbFgONRv9qkxdawL,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,"
                "s=QSXCR+Q6sek8bf92,i=4096,c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j"
            ),
            "rmF9pqV8S7suAoZWja4dJRkFsKQ=",
        ),
        (  # RFC 7677 §3
            "sha-256",
            "W22ZaJ0SNY7soEsUEjb6gQ==",
            4096,
            (
                "n=user,r=rOprNGfwEbeRWgbNEkqO,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
                "s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,c=biws,"
                "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
            ),
            "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=",
        ),
    ],
)
def test_keys(hash: str, salt: str, iterations: int, message: str, signature: str) -> None:
    """The server's signatures in the examples of the two RFCs."""
    verifier = make_verifier("pencil", hash, salt=base64.b64decode(salt), iterations=iterations)
    signed = hmac.digest(verifier.server_key, message.encode(), hash.replace("-", ""))
    assert base64.b64encode(signed).decode() == signature


@pytest.mark.parametrize("hash", ["sha-1", "sha-256"])
def test_a_password_is_recognised(hash: str) -> None:
    verifier = make_verifier("pencil", hash)
    assert verify_password("pencil", verifier, hash)
    assert not verify_password("Pencil", verifier, hash)
    assert verifier.stored_key != make_verifier("pencil", hash).stored_key, "salted"


@pytest.mark.parametrize(
    ("message", "user", "authzid", "flag", "binding"),
    [
        (b"n,,n=alice,r=x", "alice", "", "n", ""),
        (b"y,,n=alice,r=x", "alice", "", "y", ""),
        (b"p=tls-exporter,,n=alice,r=x", "alice", "", "p", "tls-exporter"),
        (b"n,a=bob@localhost,n=alice,r=x", "alice", "bob@localhost", "n", ""),
        (b"n,a=b=2Co=3Db,n=a=3Dl=2Cice,r=x,ext=y", "a=l,ice", "b,o=b", "n", ""),
        ("n,,n=émile,r=x".encode(), "émile", "", "n", ""),
    ],
)
def test_first_messages(message: bytes, user: str, authzid: str, flag: str, binding: str) -> None:
    """RFC 5802 §5.1, §7."""
    first = ClientFirst.parse(message)
    assert (first.user, first.authzid, first.flag, first.binding) == (user, authzid, flag, binding)
    assert first.header + first.bare == message.decode()


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"n,,",
        b"n,,n=alice",
        b"n,,n=alice,r=",
        b"n,,n=alice,r=a b",
        b"x,,n=alice,r=x",
        b"p=,,n=alice,r=x",
        b"n,,m=mandatory,n=alice,r=x",  # §5.1: a mandatory extension we do not know
        b"n,,n=a=lice,r=x",
        b"n,,n=\xff,r=x",
        b"n,b=c,n=alice,r=x",
    ],
)
def test_first_messages_that_are_none(message: bytes) -> None:
    with pytest.raises(SaslFailure, match="malformed-request"):
        ClientFirst.parse(message)


def test_every_exchange_has_a_nonce_of_its_own() -> None:
    """RFC 5802 §5.1: the server's part follows the client's."""
    first, verifier = ClientFirst.parse(b"n,,n=alice,r=abc"), make_verifier("pencil", "sha-1")
    nonces = {Scram(first, verifier, "sha-1", b"", "").challenge().split(b",")[0] for _ in range(3)}
    assert len(nonces) == 3
    assert all(nonce.startswith(b"r=abc") and len(nonce) >= len("r=abc") + 24 for nonce in nonces)


def test_keys_that_nothing_matches() -> None:
    """Not even the proof of somebody who knows them: what an unknown user is checked against."""
    first = ScramClient("SCRAM-SHA-1", "nobody", "pencil")
    parsed = ClientFirst.parse(first.first())
    unknown = Verifier(b"salt", 4096, hashlib.sha1(b"?").digest(), b"key")
    scram = Scram(parsed, unknown, "sha-1", b"", "")
    with pytest.raises(SaslFailure, match="not-authorized"):
        scram.verify(first.final(scram.challenge()))


def test_a_password_that_cannot_be() -> None:
    """RFC 8265 §4.2."""
    assert prepared_password("cafe\u0301\u00a0noir") == "caf\u00e9 noir"
    with pytest.raises(ValueError, match="not allowed"):
        prepared_password("a\tb")
