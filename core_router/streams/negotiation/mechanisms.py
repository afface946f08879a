"""The mechanisms for passwords and for guests: SCRAM (RFC 5802, 7677), PLAIN (RFC 4616), ANONYMOUS (4505).

A failed exchange looks the same from outside, in time too, whether the account is unknown or the
password wrong.
"""

import uuid
from collections.abc import Awaitable, Callable

from core_router.streams.negotiation.credentials import Credentials
from core_router.streams.negotiation.downgrade_protection import downgrade_hash
from core_router.streams.negotiation.exchange import Exchange, Mechanism, SaslFailure, Success
from core_router.streams.negotiation.scram import (
    HASHES,
    ClientFirst,
    Scram,
    prepared_password,
    verify_password,
)
from core_router.xmpp.jid import JID

InThread = Callable[[Callable[[], bool]], Awaitable[bool]]


class ScramMechanism:
    """SCRAM with one hash function, with channel binding or without."""

    def __init__(self, credentials: Credentials, hash: str, *, bound: bool) -> None:
        self.name = f"SCRAM-{hash.upper()}{'-PLUS' if bound else ''}"
        self._credentials = credentials
        self._hash = hash
        self._bound = bound

    async def run(self, exchange: Exchange) -> Success:
        first = ClientFirst.parse(await exchange.first())
        binding_data = self._binding_data(exchange, first)
        account = exchange.account(first.user, first.authzid)
        credential = await self._credentials.of(account, first.user, self._hash)
        scram = Scram(
            first,
            credential.verifier,
            self._hash,
            binding_data,
            downgrade_hash(exchange.offered, HASHES[self._hash]),
        )
        final = scram.verify(await exchange.ask(scram.challenge()))
        return Success(credential.admitted(), final)

    def _binding_data(self, exchange: Exchange, first: ClientFirst) -> bytes:
        """RFC 5802 §6: what the client must have seen of the channel, or why its choice is refused."""
        if not self._bound:
            if first.flag == "p":
                raise SaslFailure("malformed-request", f"{self.name} is without channel binding")
            if first.flag == "y" and exchange.offered.bindings:
                raise SaslFailure("not-authorized", "channel binding was taken out of the offer on the way")
            return b""
        if first.flag != "p":
            raise SaslFailure("malformed-request", f"{self.name} is with channel binding")
        data = exchange.channel_binding(first.binding)
        if first.binding not in exchange.offered.bindings or data is None:
            raise SaslFailure("malformed-request", "this type of channel binding is not on offer")
        return data


class Plain:
    """PLAIN: the password itself, under TLS. The hashing, 3 ms, is done beside the reactor's thread."""

    name = "PLAIN"

    def __init__(self, credentials: Credentials, in_thread: InThread) -> None:
        self._credentials = credentials
        self._in_thread = in_thread

    async def run(self, exchange: Exchange) -> Success:
        try:
            authzid, user, password = (await exchange.first()).decode().split("\0")
        except ValueError:
            raise SaslFailure("malformed-request") from None
        if not user or not password:
            raise SaslFailure("malformed-request")  # RFC 4616 §2: at least one character each
        account = exchange.account(user, authzid)
        credential = await self._credentials.of(account, user, "sha-256")
        try:
            prepared = prepared_password(password)
        except ValueError:
            raise SaslFailure("not-authorized") from None
        if not await self._in_thread(lambda: verify_password(prepared, credential.verifier, "sha-256")):
            raise SaslFailure("not-authorized")
        return Success(credential.admitted())


class Anonymous:
    """XEP-0175: a guest gets an account that nobody has had and that ends with the stream."""

    name = "ANONYMOUS"

    async def run(self, exchange: Exchange) -> Success:
        # What the client says of itself, if it does, is for tracing only (RFC 4505 §2): we do without.
        return Success(JID(str(uuid.uuid4()), exchange.domain, ""), guest=True)


def mechanisms(credentials: Credentials, in_thread: InThread) -> list[Mechanism]:
    """All of them, the preferred first."""
    scram = [ScramMechanism(credentials, hash, bound=bound) for bound in (True, False) for hash in HASHES]
    return [*scram, Plain(credentials, in_thread), Anonymous()]
