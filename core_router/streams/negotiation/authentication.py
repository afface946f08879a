"""RFC 6120 §6.4, whatever the syntax: which mechanisms a stream may use, and the exchanges under way.

The exchange is kept by its stream, so that both go together when the client hangs up in the middle.
"""

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final
from weakref import WeakKeyDictionary

from twisted.internet.defer import CancelledError, Deferred

from core_router.config import Login
from core_router.streams.negotiation.channel_binding import binding_types
from core_router.streams.negotiation.exchange import (
    Exchange,
    Mechanism,
    Offered,
    Profile,
    SaslFailure,
    Success,
)
from core_router.streams.negotiation.guesses import Guesses
from core_router.xmpp.errors import StreamCondition, StreamError

if TYPE_CHECKING:
    from core_router.streams.client import ClientStream

log = logging.getLogger(__name__)

_ATTEMPTS = 5  # §6.4.5: at most five, then the stream ends
_TELLING: Final = frozenset(("not-authorized", "account-disabled", "credentials-expired"))  # of the password
_REVEALING: Final = frozenset(("PLAIN",))  # mechanisms that show the password to whoever listens
_FOR_GUESTS: Final = "ANONYMOUS"


class Authentication:
    """Chooses and runs mechanisms for every profile.

    `mechanisms` are in order of preference. The rules may be replaced: they hold for logins from then on.
    """

    def __init__(
        self, mechanisms: Sequence[Mechanism], guesses: Guesses, login: Login, *, require_tls: bool
    ) -> None:
        self.login = login
        self.require_tls = require_tls
        self._guesses = guesses
        self._mechanisms = {mechanism.name: mechanism for mechanism in mechanisms}
        self._attempts: WeakKeyDictionary[ClientStream, int] = WeakKeyDictionary()

    def offered(self, stream: "ClientStream") -> Offered:
        """What the stream may use now."""
        secure = stream.connection.secure
        if self.require_tls and not secure:
            return Offered((), ())
        bindings = binding_types(stream.connection)
        names = (
            name
            for name in self._mechanisms
            if self._permits(name)
            and (bindings or not name.endswith("-PLUS"))
            and (secure or name not in _REVEALING)
        )
        return Offered(tuple(names), bindings)

    def mechanism(self, stream: "ClientStream", name: str) -> Mechanism:
        """The mechanism of that name. Raises SaslFailure when the stream may not use it."""
        secure = stream.connection.secure
        if not secure and (self.require_tls or name in _REVEALING):
            raise SaslFailure("encryption-required", "start TLS first")
        if name in _REVEALING and not self._permits(name):
            raise SaslFailure("mechanism-too-weak", f"{name} is not permitted here")
        if name not in self.offered(stream).mechanisms:
            raise SaslFailure("invalid-mechanism")
        return self._mechanisms[name]

    def _permits(self, name: str) -> bool:
        """Whether `[core_router.login]` allows the mechanism."""
        if name in _REVEALING:
            return self.login.plain
        return name != _FOR_GUESTS or self.login.guests > 0

    # -- exchanges ----------------------------------------------------------------------------------

    def begin(
        self, stream: "ClientStream", profile: Profile, mechanism: Mechanism, initial: bytes | None
    ) -> None:
        """Run a mechanism for the client of the stream."""
        exchange = Exchange(stream, profile, self.offered(stream), initial)
        stream.exchange = exchange
        exchange.running = Deferred.fromCoroutine(self._run(stream, exchange, mechanism))

    async def _run(self, stream: "ClientStream", exchange: Exchange, mechanism: Mechanism) -> None:
        try:
            success = await self._outcome(stream.connection.peer, exchange, mechanism)
            if not stream.ended:
                await exchange.profile.succeeded(success)
        except SaslFailure as failure:
            self._failed(stream, exchange.profile, failure)
        except CancelledError:
            self._failed(stream, exchange.profile, exchange.reason)
        except StreamError as error:
            stream.end(error)
        except Exception:
            log.exception("authentication of %s", stream.connection.peer)
            if stream.account is None:
                self._failed(stream, exchange.profile, SaslFailure("temporary-auth-failure"))
            else:
                stream.end(StreamError(StreamCondition.INTERNAL_SERVER_ERROR))
        finally:
            stream.exchange = None

    async def _outcome(self, address: str, exchange: Exchange, mechanism: Mechanism) -> Success:
        """The login, unless too many have failed before: then what the password was makes no difference."""
        try:
            success = await mechanism.run(exchange)
        except SaslFailure as failure:
            if failure.condition in _TELLING:
                self._refuse_guesses(address, exchange.tried)
            if failure.condition == "not-authorized":
                self._guesses.failed(address, exchange.tried)
            raise
        if not success.guest:
            self._refuse_guesses(address, exchange.tried)
            self._guesses.succeeded(address, exchange.tried)
        return success

    def _refuse_guesses(self, address: str, account: str) -> None:
        if self._guesses.refuses(address, account):
            raise SaslFailure("temporary-auth-failure", "too many logins have failed; try again later")

    def under_way(self, stream: "ClientStream") -> Exchange:
        """The exchange the client goes on with. Raises SaslFailure when there is none."""
        if stream.exchange is None:
            raise SaslFailure("malformed-request", "no exchange is under way")
        return stream.exchange

    def refuse(self, stream: "ClientStream", profile: Profile, failure: SaslFailure) -> None:
        """What the client sent cannot be; an exchange that is under way fails with it."""
        if stream.exchange is not None:
            stream.exchange.fail(failure)
        else:
            self._failed(stream, profile, failure)

    def _failed(self, stream: "ClientStream", profile: Profile, failure: SaslFailure) -> None:
        if stream.ended:
            return
        attempts = self._attempts[stream] = self._attempts.get(stream, 0) + 1
        log.info("login from %s failed: %s %s", stream.connection.peer, failure.condition, failure.text)
        profile.failed(failure)
        if attempts >= _ATTEMPTS:
            stream.end(StreamError(StreamCondition.POLICY_VIOLATION, "too many failed logins"))
