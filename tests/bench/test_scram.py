"""The client's side of SCRAM, by the examples of its RFCs."""

import base64

import pytest

from bench.scram import Scram, ScramError

# RFC 5802 §5 and RFC 7677 §3: user, password, nonce and all messages.
EXAMPLES = {
    "SCRAM-SHA-1": (
        "fyko+d2lbbFgONRv9qkxdawL",
        "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096",
        "c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=",
        "v=rmF9pqV8S7suAoZWja4dJRkFsKQ=",
    ),
    "SCRAM-SHA-256": (
        "rOprNGfwEbeRWgbNEkqO",
        "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
        (
            "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
            "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
        ),
        "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=",
    ),
}


@pytest.mark.parametrize("mechanism", EXAMPLES)
def test_the_example_of_the_rfc(mechanism: str) -> None:
    nonce, challenge, final, success = EXAMPLES[mechanism]
    scram = Scram(mechanism, "user", "pencil", nonce=nonce)
    assert scram.first() == f"n,,n=user,r={nonce}".encode()
    assert scram.final(challenge.encode()) == final.encode()
    scram.verify(success.encode())


def test_a_server_that_does_not_know_the_password_is_found_out() -> None:
    nonce, challenge, _, _ = EXAMPLES["SCRAM-SHA-1"]
    scram = Scram("SCRAM-SHA-1", "user", "pencil", nonce=nonce)
    scram.final(challenge.encode())
    with pytest.raises(ScramError):
        scram.verify(b"v=" + base64.b64encode(bytes(20)))


def test_a_nonce_that_is_not_ours_is_refused() -> None:
    """RFC 5802 §5.1."""
    with pytest.raises(ScramError):
        Scram("SCRAM-SHA-1", "user", "pencil").final(b"r=replayed,s=QSXCR+Q6sek8bf92,i=4096")


def test_the_characters_that_divide_fields_are_escaped() -> None:
    """RFC 5802 §5.1: `saslname`."""
    assert Scram("SCRAM-SHA-1", "a=b,c", "", nonce="x").first() == b"n,,n=a=3Db=2Cc,r=x"


def test_with_channel_binding_the_certificates_hash_is_part_of_the_proof() -> None:
    """RFC 5802 §6."""
    scram = Scram("SCRAM-SHA-1-PLUS", "user", "pencil", end_point=b"hash", nonce="x")
    assert scram.first() == b"p=tls-server-end-point,,n=user,r=x"
    final = scram.final(b"r=xy,s=QSXCR+Q6sek8bf92,i=1")
    binding = base64.b64encode(b"p=tls-server-end-point,,hash")
    assert final.startswith(b"c=" + binding + b",r=xy,p=")
