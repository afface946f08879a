"""XEP-0191: blocking: nothing passes between a user and whom the user blocks.

The blocking is polite (§4): subscriptions stay, and to the blocked the user appears to be offline.
"""

from collections.abc import Iterable
from typing import Final
from weakref import WeakSet

from core_router.config import CurrentBounds
from core_router.envelope import Envelope
from core_router.feature import Feature, Iq, Result, SessionState
from core_router.hooks import HANDLED, Phase
from core_router.routing.delivery import Router
from core_router.routing.sessions import Session
from core_router.services.blocklists import Blocklists
from core_router.services.presence import Presence
from core_router.store.interfaces import LONGEST_ADDRESS
from core_router.xmpp.element import attributes
from core_router.xmpp.errors import StanzaError
from core_router.xmpp.jid import JID, InvalidJid, parse_jid

NAMESPACE: Final = "urn:xmpp:blocking"
_BLOCKLIST, _BLOCK, _UNBLOCK, _ITEM = (
    f"{{{NAMESPACE}}}{name}" for name in ("blocklist", "block", "unblock", "item")
)
_BLOCKED = b"<blocked xmlns='urn:xmpp:blocking:errors'/>"
_NOT_ANSWERED = frozenset(("error", "groupchat", "headline"))  # types of messages
_MUC_USER = "{http://jabber.org/protocol/muc#user}x"


class Blocking:
    """The user's requests, and what they mean for stanzas; `bounds` is asked how long a list may be."""

    def __init__(
        self, router: Router, blocklists: Blocklists, presence: Presence, bounds: CurrentBounds
    ) -> None:
        self._router = router
        self._blocklists = blocklists
        self._presence = presence
        self._bounds = bounds
        self._interested: WeakSet[Session] = WeakSet()  # have asked for the list, and get pushes

    def feature(self) -> Feature:
        return Feature(
            name="blocking",
            standards=("XEP-0191",),
            domain_features=(NAMESPACE,),
            account_features=(NAMESPACE,),
            iq=(
                Iq("account", "get", _BLOCKLIST, self._get),
                Iq("account", "set", _BLOCK, self._block),
                Iq("account", "set", _UNBLOCK, self._unblock),
            ),
            sent=((Phase.GUARD, self._sent),),
            received=((Phase.GUARD, self._received),),
            session_state=SessionState(
                save=lambda session: session in self._interested or None,
                restore=lambda session, _state: self._interested.add(session),
            ),
            account_removed=self._blocklists.forget,
        )

    # -- requests -----------------------------------------------------------------------------------

    def _get(self, request: Envelope) -> bytes:
        """§3.2."""
        assert request.from_ is not None
        session = self._router.sessions.get(request.from_)
        if session is not None:
            self._interested.add(session)
        return _list("blocklist", sorted(self._blocklists.of(request.from_.bare)))

    async def _block(self, request: Envelope) -> Result:
        """§3.3."""
        assert request.from_ is not None
        account, jids = request.from_.bare, _items(request, _BLOCK)
        if not jids:
            raise StanzaError("bad-request", "whom to block?")
        blocked = self._blocklists.of(account)
        most = self._bounds().blocked_addresses
        if len(blocked | {jid.full for jid in jids}) > most:
            raise StanzaError("resource-constraint", f"a list has at most {most} addresses")
        for jid in jids:
            if jid.full not in blocked:
                await self._presence.hide_from(account, jid)  # as long as it may still be told
        await self._blocklists.add(account, [jid.full for jid in jids])
        return self._done(account, "block", jids)

    async def _unblock(self, request: Envelope) -> Result:
        """§3.4, and without items §3.5."""
        assert request.from_ is not None
        account, jids = request.from_.bare, _items(request, _UNBLOCK)
        blocked = self._blocklists.of(account)
        freed = [jid for jid in jids if jid.full in blocked] if jids else [parse_jid(jid) for jid in blocked]
        await self._blocklists.discard(account, [jid.full for jid in freed])
        for jid in freed:
            await self._presence.show_to(account, jid)
        return self._done(account, "unblock", jids)

    def _done(self, account: str, name: str, jids: Iterable[JID]) -> Result:
        content = _list(name, (jid.full for jid in jids))

        def push() -> None:
            for session in self._router.sessions.of(account):
                if session in self._interested:
                    session.send(
                        Envelope(
                            "iq", session.jid, None, id="blocklist-push", type="set",
                            content=content, children=(f"{{{NAMESPACE}}}{name}",),
                        )
                    )  # fmt: skip

        return Result(b"", afterwards=push)

    # -- stanzas (§3.3) -----------------------------------------------------------------------------

    def _sent(self, session: Session, stanza: Envelope) -> Envelope:
        """0.2 µs where nobody is blocked."""
        if stanza.to is not None and self._blocklists.blocks(session.jid.bare, stanza.to):
            raise StanzaError(
                "not-acceptable", "you have blocked this address", type="cancel", application=_BLOCKED
            )
        return stanza

    def _received(self, stanza: Envelope) -> Envelope | None:
        """0.2 µs where nobody is blocked."""
        to, sender = stanza.to, stanza.from_
        assert to is not None
        if sender is None or not self._blocklists.blocks(to.bare, sender):
            return stanza
        if _is_answered(stanza):
            raise StanzaError("service-unavailable")
        return HANDLED


def _is_answered(stanza: Envelope) -> bool:
    """Whether the blocked are told that what they sent has not arrived."""
    if stanza.kind == "iq":
        return stanza.type in ("get", "set")
    if stanza.kind == "presence" or stanza.type in _NOT_ANSWERED:
        return False
    # COMPAT(rooms of Prosody, 2026): the error would be taken for one of the user's, who is then
    # removed from the room for what another occupant has sent.
    return _MUC_USER not in stanza.children


def _items(request: Envelope, name: str) -> list[JID]:
    element = request.element(name)
    assert element is not None
    jids = []
    for item in element.iterchildren(_ITEM):
        try:
            jid = parse_jid(item.get("jid", ""))
        except InvalidJid as error:
            raise StanzaError("jid-malformed", str(error)) from None
        if len(jid.full) > LONGEST_ADDRESS:
            raise StanzaError("not-acceptable", f"an address has at most {LONGEST_ADDRESS} characters here")
        jids.append(jid)
    return jids


def _list(name: str, jids: Iterable[str]) -> bytes:
    items = "".join(f"<item{attributes(jid=jid)}/>" for jid in jids)
    return f"<{name} xmlns='{NAMESPACE}'>{items}</{name}>".encode()
