"""XEP-0359: ids an account's server gives to the messages the account gets.

With one of them a client knows a message again that reaches it twice: because a connection broke before
it was acknowledged, as a carbon copy, out of an archive.
"""

import os
import re
from collections.abc import Iterable
from typing import Final

from core_router.envelope import Envelope
from core_router.feature import Feature
from core_router.framing.children import Child, cut_children
from core_router.hooks import Phase
from core_router.routing.hints import is_said
from core_router.xmpp.jid import InvalidJid, parse_jid

NAMESPACE: Final = "urn:xmpp:sid:0"
STANZA_ID: Final = f"{{{NAMESPACE}}}stanza-id"
_WITH_ID: Final = b"%b<stanza-id xmlns='" + NAMESPACE.encode() + b"' by='%b' id='%b'/>"
_USUAL = re.compile(b"<stanza-id xmlns='urn:xmpp:sid:0' by='([^'&]*)' id='[^']*'/>").findall
_CONVERSATION = frozenset(("", "chat", "normal"))
_OCTETS = 16  # of an id; §3: unpredictable, and telling nothing
_BATCH = 256


class StanzaIds:
    """Adds ids, and takes out those that pretend to be ours."""

    def __init__(self) -> None:
        self._unused: list[bytes] = []
        self._read: tuple[bytes, frozenset[str]] = (b"", frozenset())  # content looked into last, `by` in it

    def feature(self) -> Feature:
        return Feature(
            name="stanza ids",
            standards=("XEP-0359",),
            account_features=(NAMESPACE,),
            received=((Phase.TRANSFORM, self._received),),
        )

    def _received(self, envelope: Envelope) -> Envelope:
        """1 µs for a message that gets an id, 0.1 µs for all else; for copies of one with ids, 0.2 µs."""
        if envelope.kind != "message":
            return envelope
        if STANZA_ID in envelope.children and self._has_forged(envelope):
            envelope = _without_forged(envelope)
        if envelope.type in _CONVERSATION and is_said(envelope):
            assert envelope.to is not None
            by = envelope.to.to_bare().attribute.encode()
            content = _WITH_ID % (envelope.content, by, self._new_id())
            return envelope.with_content(content, (*envelope.children, STANZA_ID))
        return envelope

    def _has_forged(self, message: Envelope) -> bool:
        """Whether an id claims to be by the account. 0.2 µs for another copy of the same message."""
        assert message.to is not None
        content, claimed = self._read
        if content is not message.content:
            claimed = frozenset(map(_prepared, _claimants(message)))
            self._read = message.content, claimed
        return message.to.bare in claimed

    def _new_id(self) -> bytes:
        if not self._unused:
            drawn = os.urandom(_OCTETS * _BATCH).hex().encode()
            self._unused = [drawn[at : at + 2 * _OCTETS] for at in range(0, len(drawn), 2 * _OCTETS)]
        return self._unused.pop()


def _without_forged(message: Envelope) -> Envelope:
    """§3, rule 2: an id by this account that the account's server has not given."""
    assert message.to is not None
    account = message.to.bare

    def forged(child: Child) -> bool:
        return child.name == STANZA_ID and _prepared(child.attributes.get("by", "")) == account

    return message.without(forged)


def _claimants(message: Envelope) -> Iterable[str]:
    """By whom its ids claim to be. 2 µs if they are written as most are, else 10."""
    content = message.content
    usual = _USUAL(content)
    if len(usual) == content.count(b"stanza-id") == message.children.count(STANZA_ID):
        return [by.decode() for by in usual]
    return [c.attributes.get("by", "") for c in cut_children(content) if c.name == STANZA_ID]


def _prepared(address: str) -> str:
    """As addresses are compared; "" for what is none."""
    try:
        return parse_jid(address).full
    except InvalidJid:
        return ""
