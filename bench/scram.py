"""The client's side of SCRAM (RFC 5802, RFC 7677), with tls-server-end-point binding on request.

The salted password is kept per (password, salt, iterations): a real client keeps it too, and the load
must not spend its core on PBKDF2 at every login.
"""

import base64
import functools
import hashlib
import hmac
import secrets


class ScramError(Exception):
    """The server broke the exchange or did not prove that it knows the password."""


@functools.lru_cache(maxsize=20_000)
def _salted_password(hash_name: str, password: bytes, salt: bytes, iterations: int) -> bytes:
    return hashlib.pbkdf2_hmac(hash_name, password, salt, iterations)


def _escaped(user: str) -> str:
    return user.replace("=", "=3D").replace(",", "=2C")


class Scram:
    """One exchange: `first()`, `final(challenge)`, `verify(success)`, in this order."""

    def __init__(
        self, mechanism: str, user: str, password: str, *, end_point: bytes | None = None, nonce: str = ""
    ) -> None:
        """`end_point` is the hash of the server's certificate (RFC 5929 §4.1), for a -PLUS mechanism."""
        self._hash = mechanism.removeprefix("SCRAM-").removesuffix("-PLUS").replace("-", "").lower()
        plus = mechanism.endswith("-PLUS")
        self._header = b"p=tls-server-end-point,," if plus else b"n,,"
        self._binding = self._header + (end_point or b"" if plus else b"")
        self._password = password.encode()
        self._nonce = nonce or secrets.token_urlsafe(18)
        self._bare = f"n={_escaped(user)},r={self._nonce}".encode()
        self._server_signature = b""

    def first(self) -> bytes:
        """The client-first-message."""
        return self._header + self._bare

    def final(self, challenge: bytes) -> bytes:
        """The client-final-message. Raises `ScramError` if the challenge does not continue our nonce."""
        fields = dict(part.split("=", 1) for part in challenge.decode().split(","))
        if not fields["r"].startswith(self._nonce):
            raise ScramError("the server did not continue our nonce (RFC 5802 §5.1)")
        salt, iterations = base64.b64decode(fields["s"]), int(fields["i"])
        salted = _salted_password(self._hash, self._password, salt, iterations)
        client_key = self._hmac(salted, b"Client Key")
        stored_key = hashlib.new(self._hash, client_key).digest()
        without_proof = b"c=" + base64.b64encode(self._binding) + b",r=" + fields["r"].encode()
        message = self._bare + b"," + challenge + b"," + without_proof
        signature = self._hmac(stored_key, message)
        proof = bytes(key ^ mask for key, mask in zip(client_key, signature, strict=True))
        self._server_signature = self._hmac(self._hmac(salted, b"Server Key"), message)
        return without_proof + b",p=" + base64.b64encode(proof)

    def verify(self, success: bytes) -> None:
        """Raises `ScramError` unless the server-final-message carries the right signature."""
        if success != b"v=" + base64.b64encode(self._server_signature):
            raise ScramError(f"wrong server signature: {success!r}")

    def _hmac(self, key: bytes, message: bytes) -> bytes:
        return hmac.digest(key, message, self._hash)
