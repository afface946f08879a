"""XEP-0484: FAST: a client that has logged in once comes back with a token, in one round trip.

The mechanisms are those of draft-schmaus-kitten-sasl-ht. A token is not stored: it is made from a seed,
which is, and from a key, which is not in the database (docs/decisions/0004-tokens-are-derived.md).
"""

import base64
import hmac
import logging
import secrets
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from core_router.store.interfaces import Token, Tokens
from core_router.streams.negotiation.exchange import Exchange, SaslFailure, Success
from core_router.streams.negotiation.sasl_syntax import listed
from core_router.xmpp.element import Element, attributes
from core_router.xmpp.jid import JID

log = logging.getLogger(__name__)

NAMESPACE = "urn:xmpp:fast:0"
FAST, REQUEST_TOKEN = f"{{{NAMESPACE}}}fast", f"{{{NAMESPACE}}}request-token"
_BINDINGS: Final = {  # the type of channel binding of each mechanism, "" for none; strongest first
    "HT-SHA-256-EXPR": "tls-exporter",
    "HT-SHA-256-ENDP": "tls-server-end-point",
    "HT-SHA-256-NONE": "",
}
_ROTATION = timedelta(days=1)  # the age from which a token is replaced when it is used
_SEED_BYTES = 16
_SLOTS = 2  # tokens of one client that may be valid at a time (§5.1)
_TRUE = ("true", "1")


class Fast:
    """Makes tokens and the mechanisms that accept them. With a `lifetime` of zero there are none; it may
    be replaced.

    `key` is kept between restarts, and not with the database.
    """

    def __init__(self, tokens: Tokens, key: bytes, now: Callable[[], datetime], lifetime: timedelta) -> None:
        self._tokens = tokens
        self._key = hmac.digest(key, b"tokens", "sha256")
        self._now = now
        self.lifetime = lifetime

    def offer(self, bindings: Sequence[str]) -> bytes:
        """What stands in the `<inline/>` of XEP-0388 (§3.1), for a connection with these bindings."""
        mechanisms = self._offered(bindings)
        if not mechanisms:
            return b""
        return f"<fast xmlns='{NAMESPACE}'>{listed(mechanisms)}</fast>".encode()

    def _offered(self, bindings: Sequence[str]) -> list[str]:
        if not self.lifetime:
            return []
        return [name for name, binding in _BINDINGS.items() if not binding or binding in bindings]

    def knows(self, mechanism: str) -> bool:
        """Whether it is one of these mechanisms, on offer or not."""
        return mechanism in _BINDINGS

    def mechanism(
        self, name: str, fast: Element | None, client: str, bindings: Sequence[str]
    ) -> "TokenMechanism":
        """For a login with a token; `fast` is the client's element (§3.4). Raises SaslFailure."""
        if name not in self._offered(bindings):
            raise SaslFailure("invalid-mechanism")
        if fast is None or not client:
            raise SaslFailure("malformed-request", "a token needs <fast/>, and a <user-agent/> with an id")
        return TokenMechanism(
            self, name, client, _count(fast), invalidate=fast.get("invalidate", "") in _TRUE
        )

    def secret(self, account: str, client: str, token: Token) -> str:
        """The token as the client has it."""
        made_from = f"{account}\0{client}\0{token.mechanism}\0".encode() + token.seed
        return base64.urlsafe_b64encode(hmac.digest(self._key, made_from, "sha256")).decode().rstrip("=")

    # -- accepting ----------------------------------------------------------------------------------

    async def stored(self, account: JID | None, client: str) -> Sequence[Token]:
        """The tokens of a client."""
        return await self._tokens.of(account.bare, client) if account is not None else ()

    async def use(self, account: JID, login: "TokenMechanism", token: Token) -> None:
        """The client has proved to have the token. Raises SaslFailure."""
        if token.expires <= self._now():
            raise SaslFailure("credentials-expired", "the token has expired")
        if not await self._tokens.use(
            account.bare, login.client, token.seed, login.count, revoke=login.invalidate
        ):
            raise SaslFailure("not-authorized")  # used up meanwhile, or replayed

    # -- issuing ------------------------------------------------------------------------------------

    async def new_token(
        self,
        account: JID,
        client: str,
        wanted: str | None,
        login: "TokenMechanism | None",
        bindings: Sequence[str],
    ) -> bytes:
        """The `<token/>` for a client that has asked for one (§3.3) or is due for one (§3.5), or b""."""
        mechanism = wanted if wanted is not None else self._due(login)
        if not client or mechanism not in self._offered(bindings):
            return b""
        issued = self._now().replace(microsecond=0)
        token = Token(secrets.token_bytes(_SEED_BYTES), mechanism, issued, issued + self.lifetime)
        try:
            await self._tokens.issue(account.bare, client, token)
        except Exception:
            log.exception("no token for %s", account)  # who has logged in can do without
            return b""
        expiry = token.expires.strftime("%Y-%m-%dT%H:%M:%SZ")
        secret = self.secret(account.bare, client, token)
        return f"<token xmlns='{NAMESPACE}'{attributes(expiry=expiry, token=secret)}/>".encode()

    def _due(self, login: "TokenMechanism | None") -> str | None:
        if login is None or login.used is None or login.invalidate:
            return None
        return login.name if self._now() - login.used.issued >= _ROTATION else None


class TokenMechanism:
    """One login with a token: HT-SHA-256 with one type of channel binding, or none.

    Every failed one takes the same time, whether the account, the client or the token is unknown.
    """

    def __init__(self, fast: Fast, name: str, client: str, count: int | None, *, invalidate: bool) -> None:
        self.name = name
        self.client = client
        self.count = count  # of logins with this token, by the client (§3.4)
        self.invalidate = invalidate  # the token is used for the last time (§3.6)
        self.used: Token | None = None
        self._fast = fast

    async def run(self, exchange: Exchange) -> Success:
        user, separator, proof = (await exchange.first()).partition(b"\0")
        if not separator:
            raise SaslFailure("malformed-request")
        account = exchange.account(_text(user))
        binding = _BINDINGS[self.name]
        data = (exchange.channel_binding(binding) or b"") if binding else b""
        stored = await self._fast.stored(account, self.client)
        token = self._matching(account.bare if account else "", stored, b"Initiator" + data, proof)
        if account is None or token is None:
            raise SaslFailure("not-authorized")
        await self._fast.use(account, self, token)
        self.used = token
        secret = self._fast.secret(account.bare, self.client, token)
        return Success(account, hmac.digest(secret.encode(), b"Responder" + data, "sha256"))

    def _matching(self, account: str, stored: Sequence[Token], message: bytes, proof: bytes) -> Token | None:
        """The token the proof was made with, if it is for this mechanism (§3.4)."""
        found = None
        for token in (*stored, *[_NO_TOKEN] * _SLOTS)[:_SLOTS]:
            secret = self._fast.secret(account, self.client, token)
            proved = hmac.compare_digest(hmac.digest(secret.encode(), message, "sha256"), proof)
            if proved and token.mechanism == self.name:
                found = token
        return found


_NEVER = datetime.min.replace(tzinfo=UTC)
_NO_TOKEN = Token(b"", "", _NEVER, _NEVER)


def _text(user: bytes) -> str:
    try:
        return user.decode()
    except UnicodeDecodeError:
        raise SaslFailure("malformed-request") from None


def _count(fast: Element) -> int | None:
    count = fast.get("count")
    if count is None:
        return None
    if not (count.isascii() and count.isdecimal() and len(count) <= 10 and int(count) < 2**31):  # xs:int
        raise SaslFailure("malformed-request", "`count` is no count")
    return int(count)
