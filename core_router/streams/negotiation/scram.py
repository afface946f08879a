"""RFC 5802, RFC 7677: SCRAM's messages and keys, the server's side, with channel binding (-PLUS).

Pure: messages in, messages out. The verifier is fetched by the caller between `ClientFirst` and
`Scram`; for an account that does not exist it passes one that nothing matches, so that the exchange
fails at its end, like a wrong password.
"""

import base64
import binascii
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass

from precis_i18n import get_profile

from core_router.store.interfaces import Verifier
from core_router.streams.negotiation.exchange import SaslFailure

HASHES = {"sha-256": "sha256", "sha-1": "sha1"}  # by the name used in mechanisms, strongest first
ITERATIONS = 10_000  # RFC 7677 §4 asks for at least 4096
SALT_BYTES = 16
_GS2_HEADER = re.compile(r"(?:(?P<flag>[ny])|p=(?P<binding>[A-Za-z0-9.-]+)),(?:a=(?P<authzid>[^,]*))?,").match
_CLIENT_FIRST = re.compile(r"n=(?P<user>[^,]*),r=(?P<nonce>[\x21-\x2b\x2d-\x7e]+)(?:,.*)?").fullmatch
_CLIENT_FINAL = re.compile(
    r"(?P<bare>c=(?P<binding>[^,]+),r=(?P<nonce>[^,]+)(?:,[^,]*)*),p=(?P<proof>[^,]+)"
).fullmatch


def prepared_password(password: str) -> str:
    """The password as it is hashed (RFC 8265 §4.2). Raises ValueError, which says why."""
    try:
        return str(get_profile("OpaqueString").enforce(password))
    except UnicodeEncodeError as error:
        raise ValueError(f"the password has characters that are not allowed ({error.reason})") from None


def make_verifier(
    password: str, hash: str, *, salt: bytes | None = None, iterations: int = ITERATIONS
) -> Verifier:
    """The verifier of a prepared password for a hash of `HASHES`; about 3 ms of work."""
    salt = salt or secrets.token_bytes(SALT_BYTES)
    digest = HASHES[hash]
    salted = hashlib.pbkdf2_hmac(digest, password.encode(), salt, iterations)
    client_key = hmac.digest(salted, b"Client Key", digest)
    return Verifier(
        salt, iterations, hashlib.new(digest, client_key).digest(), hmac.digest(salted, b"Server Key", digest)
    )


def verify_password(password: str, verifier: Verifier, hash: str) -> bool:
    """Whether a prepared password is the verifier's (for PLAIN); compares in constant time."""
    digest = HASHES[hash]
    salted = hashlib.pbkdf2_hmac(digest, password.encode(), verifier.salt, verifier.iterations)
    return hmac.compare_digest(hmac.digest(salted, b"Server Key", digest), verifier.server_key)


@dataclass(frozen=True, slots=True)
class ClientFirst:
    """The client's first message (RFC 5802 §7)."""

    header: str  # gs2-header
    bare: str  # client-first-message-bare
    user: str
    nonce: str
    authzid: str
    flag: str  # n: client has no channel binding; y: it has, and thinks we have not; p: it binds
    binding: str  # the type it binds with

    @classmethod
    def parse(cls, message: bytes) -> "ClientFirst":
        """Raises SaslFailure `malformed-request`."""
        text = _decoded(message)
        header = _GS2_HEADER(text)
        first = _CLIENT_FIRST(text, header.end()) if header else None
        if header is None or first is None:
            raise SaslFailure("malformed-request")
        return cls(
            header=header.group(),
            bare=first.group(),
            user=_unescaped(first["user"]),
            nonce=first["nonce"],
            authzid=_unescaped(header["authzid"] or ""),
            flag=header["flag"] or "p",
            binding=header["binding"] or "",
        )


class Scram:
    """The rest of the exchange, from the server's first message on.

    `downgrade_hash` is the attribute `h` of XEP-0474.
    """

    def __init__(
        self, first: ClientFirst, verifier: Verifier, hash: str, binding_data: bytes, downgrade_hash: str
    ) -> None:
        self._digest = HASHES[hash]
        self._first = first
        self._verifier = verifier
        self._binding = first.header.encode() + binding_data
        self._nonce = first.nonce + secrets.token_urlsafe(18)
        salt = base64.b64encode(verifier.salt).decode()
        self._server_first = f"r={self._nonce},s={salt},i={verifier.iterations},h={downgrade_hash}"

    def challenge(self) -> bytes:
        """server-first-message."""
        return self._server_first.encode()

    def verify(self, message: bytes) -> bytes:
        """Check client-final-message; the result is server-final-message. Raises SaslFailure."""
        final = _CLIENT_FINAL(_decoded(message))
        if final is None:
            raise SaslFailure("malformed-request")
        try:
            binding = base64.b64decode(final["binding"], validate=True)
            proof = base64.b64decode(final["proof"], validate=True)
        except (binascii.Error, ValueError):
            raise SaslFailure("malformed-request") from None
        nonce_matches = hmac.compare_digest(final["nonce"].encode(), self._nonce.encode())
        signed = f"{self._first.bare},{self._server_first},{final['bare']}".encode()
        if not self._proves(proof, signed) or not nonce_matches or binding != self._binding:
            raise SaslFailure("not-authorized")
        signature = hmac.digest(self._verifier.server_key, signed, self._digest)
        return b"v=" + base64.b64encode(signature)

    def _proves(self, proof: bytes, signed: bytes) -> bool:
        """RFC 5802 §3: StoredKey = H(ClientProof XOR ClientSignature)."""
        signature = hmac.digest(self._verifier.stored_key, signed, self._digest)
        if len(proof) != len(signature):
            return False
        client_key = bytes(a ^ b for a, b in zip(proof, signature, strict=True))
        return hmac.compare_digest(hashlib.new(self._digest, client_key).digest(), self._verifier.stored_key)


def _decoded(message: bytes) -> str:
    try:
        return message.decode()
    except UnicodeDecodeError:
        raise SaslFailure("malformed-request") from None


def _unescaped(name: str) -> str:
    """RFC 5802 §5.1: `=2C` and `=3D` stand for comma and equals sign; any other `=` is an error."""
    if re.search("=(?!2C|3D)", name):
        raise SaslFailure("malformed-request")
    return name.replace("=2C", ",").replace("=3D", "=")
