"""RFC 6120 §6: SASL, with SCRAM (RFC 5802, 7677), PLAIN (RFC 4616) and XEP-0440.

Every failed exchange of a mechanism looks the same from outside, in time too, whether the account is
unknown or the password wrong.
"""

import base64
import binascii
import hmac
import logging
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from weakref import WeakKeyDictionary

from twisted.internet.defer import Deferred

from core_router.envelope import Nonza
from core_router.store.interfaces import Accounts, Verifier
from core_router.streams.negotiation.scram import (
    HASHES,
    ITERATIONS,
    ClientFirst,
    Scram,
    ScramError,
    verify_password,
)
from core_router.xmpp.errors import StreamCondition, StreamError
from core_router.xmpp.jid import JID, InvalidJid, prepare_local

if TYPE_CHECKING:
    from core_router.streams.client import ClientStream

log = logging.getLogger(__name__)

NAMESPACE = "urn:ietf:params:xml:ns:xmpp-sasl"
_CHANNEL_BINDING = "urn:xmpp:sasl-cb:0"  # XEP-0440
_AUTH, _RESPONSE, _ABORT = (f"{{{NAMESPACE}}}{name}" for name in ("auth", "response", "abort"))
BINDINGS: Final = ("tls-exporter", "tls-server-end-point")  # RFC 9266, RFC 5929 §4
_ATTEMPTS = 5  # §6.4.5: at most five, then the stream ends


class SaslFailure(Exception):
    """The exchange fails with one of the conditions of §6.5."""

    def __init__(self, condition: str, text: str = "") -> None:
        super().__init__(condition, text)
        self.condition = condition
        self.text = text


@dataclass(frozen=True, slots=True)
class Success:
    """The account that has authenticated, and the mechanism's last word."""

    account: JID
    data: bytes | None = None


class _Exchange:
    """One run of a mechanism on one stream."""

    def __init__(self, stream: "ClientStream") -> None:
        self._stream = stream
        self._waiting: Deferred[bytes] | None = None

    def ask(self, challenge: bytes) -> Deferred[bytes]:
        """Send a challenge; fires with the client's response."""
        self._waiting = Deferred()
        self._stream.write(
            f"<challenge xmlns='{NAMESPACE}'>{base64.b64encode(challenge).decode()}</challenge>".encode()
        )
        return self._waiting

    def answered(self, response: bytes) -> None:
        """A `<response/>` came. Raises SaslFailure when none was asked for."""
        self._take().callback(response)

    def fail(self, failure: SaslFailure) -> None:
        """The client gave up, or what it sent cannot be read."""
        self._take().errback(failure)

    def _take(self) -> "Deferred[bytes]":
        waiting, self._waiting = self._waiting, None
        if waiting is None:
            raise SaslFailure("malformed-request", "nothing was asked")
        return waiting


Run = Callable[["ClientStream", _Exchange, bytes | None], Awaitable[Success]]


class Sasl:
    """Offers the mechanisms a stream may use and runs them."""

    names = frozenset((_AUTH, _RESPONSE, _ABORT))

    def __init__(
        self,
        accounts: Accounts,
        in_thread: Callable[[Callable[[], bool]], Awaitable[bool]],
        *,
        require_tls: bool,
    ) -> None:
        self._accounts = accounts
        self._in_thread = in_thread
        self._require_tls = require_tls
        self._exchanges: WeakKeyDictionary[ClientStream, _Exchange] = WeakKeyDictionary()
        self._attempts: WeakKeyDictionary[ClientStream, int] = WeakKeyDictionary()
        self._disguise = secrets.token_bytes(32)  # makes the salts of accounts that do not exist
        self._mechanisms = self._all_mechanisms()

    def _all_mechanisms(self) -> dict[str, Run]:
        mechanisms: dict[str, Run] = {}
        for suffix, bound in (("-PLUS", True), ("", False)):
            for hash in HASHES:
                mechanisms[f"SCRAM-{hash.upper()}{suffix}"] = self._scram(hash, bound)
        return {**mechanisms, "PLAIN": self._plain}

    # -- negotiation --------------------------------------------------------------------------------

    def offer(self, stream: "ClientStream") -> bytes:
        """§6.4.1."""
        mechanisms = self.mechanisms(stream)
        if stream.account is not None or not mechanisms:
            return b""
        listed = "".join(f"<mechanism>{name}</mechanism>" for name in mechanisms)
        bindings = "".join(f"<channel-binding type='{name}'/>" for name in _bindings(stream))
        return (
            f"<mechanisms xmlns='{NAMESPACE}'>{listed}</mechanisms>"
            + (
                f"<sasl-channel-binding xmlns='{_CHANNEL_BINDING}'>{bindings}</sasl-channel-binding>"
                if bindings
                else ""
            )
        ).encode()

    def mechanisms(self, stream: "ClientStream") -> list[str]:
        """What the stream may use now, the preferred first."""
        if not stream.connection.secure:
            if self._require_tls:
                return []
            return [name for name in self._mechanisms if not name.endswith("-PLUS") and name != "PLAIN"]
        bindable = bool(_bindings(stream))
        return [name for name in self._mechanisms if bindable or not name.endswith("-PLUS")]

    def handle(self, stream: "ClientStream", element: Nonza, following: bytes) -> None:
        """§6.4.2–§6.4.4."""
        if stream.account is not None:
            raise StreamError(StreamCondition.NOT_AUTHORIZED, "authenticated already")
        exchange = self._exchanges.get(stream)
        try:
            if element.name == _AUTH:
                if exchange is not None:
                    raise SaslFailure("malformed-request", "an exchange is under way")
                self._begin(stream, element)
            elif exchange is None:
                raise SaslFailure("malformed-request", "no exchange is under way")
            elif element.name == _ABORT:
                exchange.fail(SaslFailure("aborted"))
            else:
                exchange.answered(_decoded(element) or b"")
        except SaslFailure as failure:
            self._failed(stream, failure)

    def _begin(self, stream: "ClientStream", element: Nonza) -> None:
        name = element.attributes.get("mechanism", "")
        if not stream.connection.secure and self._require_tls:
            raise SaslFailure("encryption-required")
        if name not in self.mechanisms(stream):
            raise SaslFailure("invalid-mechanism")
        exchange = self._exchanges[stream] = _Exchange(stream)
        running = Deferred.fromCoroutine(
            self._run(self._mechanisms[name], stream, exchange, _decoded(element))
        )
        running.addErrback(lambda failure: log.error("SASL exchange: %s", failure))

    async def _run(
        self, mechanism: Run, stream: "ClientStream", exchange: _Exchange, initial: bytes | None
    ) -> None:
        try:
            success = await mechanism(stream, exchange, initial)
        except SaslFailure as failure:
            self._failed(stream, failure)
        except ScramError as error:
            self._failed(stream, SaslFailure(error.condition))
        except Exception:
            log.exception("authentication of %s", stream.connection.peer)
            self._failed(stream, SaslFailure("temporary-auth-failure"))
        else:
            self._succeeded(stream, success)

    def _succeeded(self, stream: "ClientStream", success: Success) -> None:
        self._exchanges.pop(stream, None)
        said = base64.b64encode(success.data).decode() if success.data else ""
        stream.write(f"<success xmlns='{NAMESPACE}'>{said}</success>".encode())
        stream.authenticated(success.account)

    def _failed(self, stream: "ClientStream", failure: SaslFailure) -> None:
        self._exchanges.pop(stream, None)
        attempts = self._attempts[stream] = self._attempts.get(stream, 0) + 1
        log.info("login from %s failed: %s %s", stream.connection.peer, failure.condition, failure.text)
        stream.write(f"<failure xmlns='{NAMESPACE}'><{failure.condition}/></failure>".encode())
        if attempts >= _ATTEMPTS:
            stream.end(StreamError(StreamCondition.POLICY_VIOLATION, "too many failed logins"))

    # -- mechanisms ---------------------------------------------------------------------------------

    def _scram(self, hash: str, bound: bool) -> Run:
        async def run(stream: "ClientStream", exchange: _Exchange, initial: bytes | None) -> Success:
            first = ClientFirst.parse(initial if initial is not None else await exchange.ask(b""))
            binding_data = _binding_data(stream, first, bound)
            account = _account(first.user, first.authzid, stream.domain)
            verifier = await self._accounts.verifier(account.bare, hash) if account else None
            scram = Scram(first, verifier or self._fake_verifier(first.user, hash), hash, binding_data)
            final = scram.verify(await exchange.ask(scram.challenge()))
            if account is None or verifier is None:
                raise SaslFailure("not-authorized")
            return Success(account, final)

        return run

    async def _plain(self, stream: "ClientStream", exchange: _Exchange, initial: bytes | None) -> Success:
        message = initial if initial is not None else await exchange.ask(b"")
        try:
            authzid, user, password = message.decode().split("\0")
        except ValueError:
            raise SaslFailure("malformed-request") from None
        account = _account(user, authzid, stream.domain)
        verifier = await self._accounts.verifier(account.bare, "sha-256") if account else None
        known = verifier or self._fake_verifier(user, "sha-256")
        right = await self._in_thread(lambda: verify_password(password, known, "sha-256"))
        if account is None or verifier is None or not right:
            raise SaslFailure("not-authorized")
        return Success(account)

    def _fake_verifier(self, user: str, hash: str) -> Verifier:
        """For an account that does not exist: the same salt at every try, keys nothing matches."""
        salt = hmac.digest(self._disguise, f"{hash} {user}".encode(), "sha256")[:16]
        return Verifier(salt, ITERATIONS, secrets.token_bytes(32), secrets.token_bytes(32))


def _bindings(stream: "ClientStream") -> list[str]:
    return [kind for kind in BINDINGS if stream.connection.channel_binding(kind) is not None]


def _binding_data(stream: "ClientStream", first: ClientFirst, bound: bool) -> bytes:
    """RFC 5802 §6: what the client must have seen of the channel, or why its choice is refused."""
    if not bound:
        if first.flag == "p":
            raise SaslFailure("malformed-request", "channel binding without -PLUS")
        if first.flag == "y" and _bindings(stream):
            raise SaslFailure("not-authorized", "the offer of -PLUS was taken out on the way")
        return b""
    data = stream.connection.channel_binding(first.binding) if first.binding in BINDINGS else None
    if data is None:
        raise SaslFailure("malformed-request", "no such channel binding")
    return data


def _account(user: str, authzid: str, domain: str) -> JID | None:
    """The account of a user name. Raises SaslFailure `invalid-authzid` (§6.5.6) for another's."""
    try:
        account = JID(prepare_local(user), domain, "") if user else None
    except InvalidJid:
        account = None
    if authzid and (account is None or authzid != account.bare):
        raise SaslFailure("invalid-authzid")
    return account


def _decoded(element: Nonza) -> bytes | None:
    """The element's data (§6.4.2): None when it has none, b"" for the "=" that stands for nothing."""
    if element.children:
        raise SaslFailure("malformed-request")
    text = element.content
    if not text:
        return None
    if text == b"=":
        return b""
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        raise SaslFailure("incorrect-encoding") from None
