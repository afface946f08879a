"""XEP-0033: one stanza for many: a component hands it over once, and every address gets a copy.

A stanza with `bcc` addresses alone, as rooms send it, is cut and copied without being parsed again; the
copies have no address header at all. Addresses that all may see (`to`, `cc` …) stay in the header, which
takes the slow path. Refused is a stanza as a whole, before the first copy is delivered.
"""

from collections.abc import Callable
from typing import Final
from xml.sax.saxutils import unescape

from core_router.envelope import Envelope
from core_router.feature import Feature
from core_router.routing.delivery import Router
from core_router.xmpp.element import Element, attributes
from core_router.xmpp.errors import StanzaError
from core_router.xmpp.jid import JID, InvalidJid, parse_jid

NAMESPACE: Final = "http://jabber.org/protocol/address"
_OFFER: Final = "urn:stellwerk:multicast"
_ADDRESSES, _ADDRESS = f"{{{NAMESPACE}}}addresses", f"{{{NAMESPACE}}}address"
_DELIVERED_TO = frozenset(("to", "cc", "bcc"))
_TYPES = _DELIVERED_TO | {"replyto", "replyroom", "noreply", "ofrom"}
_PASSED_ON = ("type", "jid", "uri", "node", "desc")

# What our own components write; whatever else means the same takes the slow path.
_OPENING: Final = f"<addresses xmlns='{NAMESPACE}'><address type='bcc' jid='".encode()
_BETWEEN: Final = "'/><address type='bcc' jid='"
_CLOSING: Final = b"'/></addresses>"
_UNUSUAL: Final = ("'", "<", "&#", "\t", "\n", "\r")  # XML 1.0 §3.3.3: white space becomes spaces
_REFERENCES: Final = {"&apos;": "'", "&quot;": '"'}  # beside those `unescape` knows


class Multicast:
    """The service at the address of each served domain.

    `is_trusted` says whether it is for the component at that domain, `limit` is of addresses a stanza.
    """

    def __init__(self, router: Router, is_trusted: Callable[[str], bool], limit: int) -> None:
        self._router = router
        self._is_trusted = is_trusted
        self._limit = limit

    def feature(self) -> Feature:
        return Feature(
            name="multicast",
            standards=("XEP-0033",),
            domain_features_for=self._features_for,
            domain_received={_ADDRESSES: self._received},
        )

    def offer(self, component: str, service: str, longest: int) -> bytes:
        """The stream feature that spares the component at that domain to ask (§2.1); "" if not for it.

        `longest` is how many bytes a stanza of its may have.
        """
        if not self._is_trusted(component):
            return b""
        limits = attributes(addresses=str(self._limit), bytes=str(longest))
        return f"<multicast xmlns='{_OFFER}'{attributes(jid=service)}{limits}/>".encode()

    def _features_for(self, asking: JID) -> tuple[str, ...]:
        return (NAMESPACE,) if self._is_trusted(asking.full) else ()

    def _received(self, stanza: Envelope) -> None:
        assert stanza.from_ is not None
        if not self._is_trusted(stanza.from_.domain):
            raise StanzaError("forbidden", "multicast is for components of this server")  # §2.2
        if stanza.children.count(_ADDRESSES) > 1:
            raise StanzaError("bad-request", "a stanza has one address header")
        blind = _blind_copies(stanza)
        letter, jids = blind if blind is not None else _visible_copies(stanza)
        if len(jids) > self._limit:
            raise StanzaError("not-acceptable", f"a stanza has at most {self._limit} addresses")
        try:
            recipients = [parse_jid(jid) for jid in jids]
        except InvalidJid as error:
            raise StanzaError("jid-malformed", str(error)) from None
        self._router.distribute(letter, recipients)


def _blind_copies(stanza: Envelope) -> tuple[Envelope, list[str]] | None:
    """The stanza without its header, and whom it is for; None if it takes more. 0.1 µs an address."""
    content = stanza.content
    if not content.startswith(_OPENING):
        return None
    end = content.find(_CLOSING)
    jids = content[len(_OPENING) : end].decode().split(_BETWEEN)
    written = "".join(jids)
    if end < 0 or any(unusual in written for unusual in _UNUSUAL):
        return None
    if "&" in written:
        jids = [unescape(jid, _REFERENCES) for jid in jids]
    return stanza.with_content(content[end + len(_CLOSING) :], stanza.children[1:]), jids


def _visible_copies(stanza: Envelope) -> tuple[Envelope, list[str]]:
    """The same by the book (§4). Raises StanzaError for addresses that are none."""
    header = stanza.element(_ADDRESSES)
    assert header is not None
    addresses = header.findall(_ADDRESS)
    if not addresses:
        raise StanzaError("bad-request", "an address header has at least one address")
    jids = [jid for address in addresses if (jid := _recipient(address)) is not None]
    seen = "".join(_passed_on(address) for address in addresses if address.get("type") != "bcc")
    letter = stanza.without(lambda child: child.name == _ADDRESSES)
    if not seen:
        return letter, jids
    rewritten = f"<addresses xmlns='{NAMESPACE}'>{seen}</addresses>".encode()
    return letter.with_content(rewritten + letter.content, (_ADDRESSES, *letter.children)), jids


def _recipient(address: Element) -> str | None:
    """Whom this address asks to deliver to, if anybody. Raises StanzaError."""
    kind, jid = address.get("type"), address.get("jid")
    if kind not in _TYPES:
        raise StanzaError("bad-request", f"there is no address of type {kind!r}")
    if kind not in _DELIVERED_TO or address.get("delivered") == "true":
        return None
    if jid is None or address.get("uri") is not None:
        raise StanzaError("jid-malformed", "an address here has a `jid`")  # §4.2: `uri` is optional
    return jid


def _passed_on(address: Element) -> str:
    """The address as recipients see it. Elements in it, which nobody here knows, are left out (§4.7)."""
    kept = {name: address.get(name) for name in _PASSED_ON}
    delivered = "true" if kept["type"] in _DELIVERED_TO else address.get("delivered")  # §4.5
    return f"<address{attributes(**kept, delivered=delivered)}/>"
