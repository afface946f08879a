"""XEP-0115, XEP-0390: the domain's capabilities as hashes, in the stream features.

A client that has met the hash before need not ask what this server can.
"""

import base64
import hashlib
from collections.abc import Iterable
from typing import Final

from core_router.feature import Feature
from core_router.services.disco import Info
from core_router.xmpp.element import attributes

CAPS: Final = "http://jabber.org/protocol/caps"
CAPS_2: Final = "urn:xmpp:caps"
_HASHES = "urn:xmpp:hashes:2"  # XEP-0300
_SOFTWARE = "urn:stellwerk"  # XEP-0115 §4: what the hash was made by
_UNIT, _RECORD, _GROUP, _FILE = b"\x1f", b"\x1e", b"\x1d", b"\x1c"  # XEP-0390 §4.1: sepl4 to sepl1
_ALGORITHM = "sha-256"

CAPABILITIES = Feature(
    name="entity capabilities",
    standards=("XEP-0115", "XEP-0390"),
    domain_features=(CAPS, CAPS_2),
)


def stream_features(info: Info) -> bytes:
    """XEP-0115 §6.3, XEP-0390 §5.2."""
    legacy = attributes(hash="sha-1", node=_SOFTWARE, ver=verification_string(info))
    return (
        f"<c xmlns='{CAPS}'{legacy}/>"
        f"<c xmlns='{CAPS_2}'><hash xmlns='{_HASHES}' algo='{_ALGORITHM}'>{capability_hash(info)}</hash></c>"
    ).encode()


def nodes(info: Info) -> tuple[str, ...]:
    """The nodes under which the information must be found (XEP-0115 §6.2, XEP-0390 §4.3)."""
    return (
        f"{_SOFTWARE}#{verification_string(info)}",
        f"{CAPS_2}#{_ALGORITHM}.{capability_hash(info)}",
    )


def verification_string(info: Info) -> str:
    """XEP-0115 §5.1."""
    parts = [f"{info.category}/{info.type}//{info.name}", *_sorted(info.features)]
    for form in sorted(info.forms, key=lambda form: form.type.encode()):
        parts.append(form.type)
        for var, values in sorted(form.fields, key=lambda field: field[0].encode()):
            parts += [var, *_sorted(values)]
    hashed = hashlib.sha1("".join(f"{part}<" for part in parts).encode()).digest()
    return base64.b64encode(hashed).decode()


def capability_hash(info: Info) -> str:
    """XEP-0390 §4.2, with SHA-256."""
    return base64.b64encode(hashlib.sha256(_hash_input(info)).digest()).decode()


def _hash_input(info: Info) -> bytes:
    """XEP-0390 §4.1."""
    features = b"".join(sorted(_unit(var) for var in info.features)) + _FILE
    identity = (info.category, info.type, "", info.name)
    identities = b"".join(map(_unit, identity)) + _RECORD + _FILE
    forms = []
    for form in info.forms:
        fields = (("FORM_TYPE", (form.type,)), *form.fields)
        forms.append(b"".join(sorted(_field(var, values) for var, values in fields)) + _GROUP)
    return features + identities + b"".join(sorted(forms)) + _FILE


def _field(var: str, values: Iterable[str]) -> bytes:
    return _unit(var) + b"".join(sorted(map(_unit, values))) + _RECORD


def _unit(text: str) -> bytes:
    return text.encode() + _UNIT


def _sorted(texts: Iterable[str]) -> list[str]:
    """By i;octet (RFC 4790 §9.3)."""
    return sorted(texts, key=str.encode)
