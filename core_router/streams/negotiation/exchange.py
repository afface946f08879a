"""RFC 4422: one run of a SASL mechanism, whichever profile carries it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from twisted.internet.defer import Deferred

from core_router.xmpp.errors import StreamCondition, StreamError
from core_router.xmpp.jid import JID, InvalidJid, parse_jid, prepare_local

if TYPE_CHECKING:
    from core_router.streams.client import ClientStream
    from core_router.streams.negotiation.step import Step


class SaslFailure(Exception):
    """The exchange fails with one of the conditions of RFC 6120 §6.5.

    `text` is for the client. It says nothing that depends on whether an account exists, unless the
    client has proved to be that account's.
    """

    def __init__(self, condition: str, text: str = "") -> None:
        super().__init__(condition, text)
        self.condition = condition
        self.text = text


@dataclass(frozen=True, slots=True)
class Success:
    """The account that has authenticated, and the mechanism's last word."""

    account: JID
    data: bytes | None = None
    guest: bool = False  # the account ends with the stream (XEP-0175)


@dataclass(frozen=True, slots=True)
class Offered:
    """What a profile has advertised on a stream."""

    mechanisms: tuple[str, ...]
    bindings: tuple[str, ...]  # types of channel binding


class Profile(Protocol):
    """How one syntax of SASL carries one exchange."""

    step: "Step"  # the only one that may be spoken to while the exchange lasts

    def challenge(self, data: bytes) -> None:
        """Send a challenge."""

    async def succeeded(self, success: Success) -> None:
        """Tell the client. Raises SaslFailure, StreamError."""

    def failed(self, failure: SaslFailure) -> None:
        """Tell the client."""


class Exchange:
    """What a mechanism may know of the stream, and its talk with the client."""

    def __init__(
        self, stream: "ClientStream", profile: Profile, offered: Offered, initial: bytes | None
    ) -> None:
        self.profile = profile
        self.offered = offered
        self.domain = stream.domain
        self.channel_binding = stream.connection.channel_binding
        self._claimed = stream.claimed
        self._initial = initial
        self.tried = ""  # the account, by its bare address, once the client has named one that may exist
        self._waiting: Deferred[bytes] | None = None
        self.running: Deferred[None]  # the run itself, for whoever ends it early
        self.reason = SaslFailure("aborted")  # why it was ended early

    async def first(self) -> bytes:
        """The client's first message; it is asked for when it did not come along (RFC 4422 §3)."""
        return self._initial if self._initial is not None else await self.ask(b"")

    def ask(self, challenge: bytes) -> Deferred[bytes]:
        """Send a challenge; fires with the client's response."""
        self._waiting = Deferred()
        self.profile.challenge(challenge)
        return self._waiting

    def answered(self, response: bytes) -> None:
        """The client's response has come. Raises StreamError when none was asked for."""
        waiting, self._waiting = self._waiting, None
        if waiting is None:
            raise StreamError(StreamCondition.POLICY_VIOLATION, "a response to no challenge")
        waiting.callback(response)

    def fail(self, reason: SaslFailure) -> None:
        """The client gave up, or what it sent cannot be read."""
        self.reason = reason
        self.running.cancel()

    def account(self, user: str, authzid: str = "") -> JID | None:
        """The address of that user's account, None for a name that can be nobody's.

        Raises SaslFailure `invalid-authzid` for the account of somebody else (RFC 6120 §6.5.6), or of
        another than the stream was opened for (XEP-0388 §4.4).
        """
        try:
            account = JID(prepare_local(user), self.domain, "") if user else None
            wanted = parse_jid(authzid) if authzid else account
        except InvalidJid:
            account = wanted = None
        self.tried = account.bare if account is not None else ""
        if not authzid:
            return account
        if account is None or wanted != account or self._claimed not in (None, account):
            raise SaslFailure("invalid-authzid", "one can only log in as oneself")
        return account


class Mechanism(Protocol):
    """One SASL mechanism."""

    name: str

    async def run(self, exchange: Exchange) -> Success:
        """Authenticate the client. Raises SaslFailure."""
