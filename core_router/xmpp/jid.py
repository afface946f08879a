"""Addresses: `[local@]domain[/resource]`, prepared and compared by RFC 7622.

The local part is enforced by PRECIS UsernameCaseMapped, the resource by OpaqueString, the domain by
IDNA2008; plain ASCII, which is nearly every address, takes a short way that gives the same result.
Parsing is cached: the same few thousand addresses come again and again.
"""

import ipaddress
import re
from functools import lru_cache
from typing import Final

import idna
from precis_i18n import get_profile

from core_router.xmpp.text import escape

_ASCII_LOCAL = re.compile(r"[A-Za-z0-9.!#$%*+,;=?^_`{|}~()\[\]\\-]{1,1023}").fullmatch
_ASCII_RESOURCE = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?").fullmatch
_ASCII_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?").fullmatch
_FORBIDDEN_LOCAL = frozenset("\"&'/:<>@")  # RFC 7622 §3.3.1
_MAX_OCTETS = 1023  # RFC 7622 §3.1, of each part


class InvalidJid(ValueError):
    """The text is not an address; the message names the part at fault."""


class JID:
    """One prepared address. Compare `full` or `bare`; equal addresses have equal strings.

    `local` and `resource` are "" when absent. `attribute` is the full address, escaped, as it
    stands in a start tag.
    """

    __slots__ = ("attribute", "bare", "domain", "full", "local", "resource")

    def __init__(self, local: str, domain: str, resource: str) -> None:
        self.local: Final = local
        self.domain: Final = domain
        self.resource: Final = resource
        self.bare: Final = f"{local}@{domain}" if local else domain
        self.full: Final = f"{self.bare}/{resource}" if resource else self.bare
        self.attribute: Final = escape(self.full)

    @property
    def is_bare(self) -> bool:
        """Whether there is no resource."""
        return not self.resource

    def to_bare(self) -> "JID":
        """The address without its resource."""
        return self if not self.resource else parse_jid(self.bare)

    def with_resource(self, resource: str) -> "JID":
        """The address with that resource, prepared. Raises `InvalidJid`."""
        return JID(self.local, self.domain, prepare_resource(resource))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, JID) and self.full == other.full

    def __hash__(self) -> int:
        return hash(self.full)

    def __str__(self) -> str:
        return self.full

    def __repr__(self) -> str:
        return f"JID({self.full!r})"


# Two generations bound the cache: when the young one is full it becomes the old one, and what is
# still in use moves back as it is asked for. A stranger cannot fill the memory with long addresses, for
# their characters are counted, too: at most about 15 MB.
_GENERATION = 16384
_GENERATION_CHARACTERS = 40 * _GENERATION
_LONGEST_CACHED = 256
_young: dict[str, JID] = {}
_young_characters = 0
_old: dict[str, JID] = {}


def parse_jid(text: str) -> JID:
    """The address in `text`. Raises `InvalidJid`. 0.1 µs when it was seen lately."""
    known = _young.get(text)
    return known if known is not None else _remember(text)


def _remember(text: str) -> JID:
    global _young, _old, _young_characters
    jid = _old.get(text) or _parse(text)
    if len(text) <= _LONGEST_CACHED:
        if len(_young) >= _GENERATION or _young_characters >= _GENERATION_CHARACTERS:
            _old, _young, _young_characters = _young, {}, 0
        _young[text] = jid
        _young_characters += len(text)
    return jid


def _parse(text: str) -> JID:
    # RFC 7622 §3.1: the first slash ends the domain, the first at-sign before it ends the local part.
    rest, slash, resource = text.partition("/")
    local, at, domain = rest.partition("@")
    if not at:
        local, domain = "", rest
    if at and not local:
        raise InvalidJid("the local part before the @ is empty")
    if slash and not resource:
        raise InvalidJid("the resource after the / is empty")
    return JID(
        prepare_local(local) if at else "",
        prepare_domain(domain),
        prepare_resource(resource) if slash else "",
    )


def prepare_local(text: str) -> str:
    """A local part in its one canonical form (RFC 7622 §3.3). Raises `InvalidJid`."""
    if _ASCII_LOCAL(text):
        return text.lower()
    enforced = _enforced("UsernameCaseMapped", text, "local part")
    # Looked for afterwards: the profile turns full-width forms into these characters.
    if not _FORBIDDEN_LOCAL.isdisjoint(enforced):
        raise InvalidJid("the local part has one of the characters \" & ' / : < > @")
    return _bounded(enforced, "local part")


def prepare_resource(text: str) -> str:
    """A resource in its canonical form (RFC 7622 §3.4). Raises `InvalidJid`."""
    if _ASCII_RESOURCE(text):
        return _bounded(text, "resource")
    return _bounded(_enforced("OpaqueString", text, "resource"), "resource")


@lru_cache(maxsize=4096)
def prepare_domain(text: str) -> str:
    """A domain in its canonical form (RFC 7622 §3.2): lower case, U-labels, no final dot."""
    domain = text.removesuffix(".")
    if not domain or len(domain) > _MAX_OCTETS:
        raise InvalidJid("the domain is empty or too long")
    if domain.startswith("[") and domain.endswith("]"):
        return f"[{_ip(domain[1:-1], 6)}]"
    lowered = domain.lower()
    if lowered.isascii() and "xn--" not in lowered:
        if not all(map(_ASCII_LABEL, lowered.split("."))):
            raise InvalidJid(f"{text!r} is not a domain name")
        return _bounded(lowered, "domain")
    try:
        return _bounded(idna.decode(idna.encode(lowered, uts46=True)), "domain")
    except (idna.IDNAError, UnicodeError):
        raise InvalidJid(f"{text!r} is not a domain name") from None


def _ip(text: str, version: int) -> str:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        raise InvalidJid(f"{text!r} is not an IP address") from None
    if address.version != version:
        raise InvalidJid(f"{text!r} is not an IPv{version} address")
    return str(address)


def _enforced(profile: str, text: str, part: str) -> str:
    if len(text) > _MAX_OCTETS:
        raise InvalidJid(f"the {part} is longer than {_MAX_OCTETS} octets")
    try:
        return str(get_profile(profile).enforce(text))
    except UnicodeEncodeError as error:
        raise InvalidJid(f"the {part} has characters that are not allowed ({error.reason})") from None


def _bounded(text: str, part: str) -> str:
    if len(text) > _MAX_OCTETS or len(text.encode()) > _MAX_OCTETS:
        raise InvalidJid(f"the {part} is longer than {_MAX_OCTETS} octets")
    return text
