"""XEP-0227 rooms out of a file (see `portable`): all of it is checked before anything is done with it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from slixmpp import JID, InvalidJID

from components.common.elements import XML, attribute, render
from components.common.errors import StanzaError
from components.common.forms import FORM, submitted
from components.muc.feature import RoomFeature, all_settings
from components.muc.features import vcard
from components.muc.features.configuration import FORM_TYPE
from components.muc.features.persistence import PERSISTENT
from components.muc.occupant import AFFILIATIONS, ROLES, Affiliation, Role
from components.muc.portable_xml import (
    ARCHIVE,
    CLIENT,
    DELAY,
    FORWARD,
    MAM,
    NAMESPACE,
    ROOMS,
    Placed,
    Reader,
)
from components.muc.room import Registration
from components.muc.setting import RoomConfig
from components.muc.stanzas import ADMIN, OCCUPANT_ID, OWNER, STANZA_ID, USER

DATA, HOST, ROOM = f"{{{NAMESPACE}}}server-data", f"{{{NAMESPACE}}}host", f"{{{ROOMS}}}room"
_QUERY, _LISTS, _MESSAGE = f"{{{OWNER}}}query", f"{{{ADMIN}}}query", f"{{{CLIENT}}}message"
_STAMP, _ARCHIVE, _RESULT = f"{{{DELAY}}}delay", f"{{{ARCHIVE}}}archive", f"{{{MAM}}}result"
# What the room says itself about a message, and says anew here: its ids, and who it was from.
_OF_THE_ROOM = (f"{{{STANZA_ID}}}stanza-id", f"{{{OCCUPANT_ID}}}occupant-id", f"{{{USER}}}x")


@dataclass(frozen=True, slots=True)
class Said:
    """One message of an archive."""

    at: datetime  # UTC
    nick: str  # empty: the room itself
    jid: str  # bare JID of the sender, or empty
    attributes: str  # rendered
    content: str  # rendered, without what only the room may say
    is_spoken: bool = False  # it has a body, so it is history for those who enter


@dataclass(slots=True)
class PortableRoom:
    """One room of the file."""

    place: Placed
    local: str
    config: RoomConfig = field(default_factory=RoomConfig)
    affiliations: dict[str, Registration] = field(default_factory=dict)
    voices: dict[str, Role] = field(default_factory=dict)
    subject: Said | None = None
    subject_text: str = ""
    subject_language: str = ""
    vcard: Placed | None = None
    archive: list[Said] = field(default_factory=list)


@dataclass(slots=True)
class Portable:
    """What a file has for one host, and what it has that nobody here understands."""

    rooms: list[PortableRoom] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)


def read(path: Path, host: str, features: Sequence[RoomFeature]) -> Portable:
    """The rooms of that host in a file. Raises `BrokenFile` for the first mistake, `OSError`."""
    found = Portable()
    reading = _Reading(found, host, features)
    Reader(reading.closed, frozenset({DATA, HOST})).read(path.resolve())
    return found


class _Reading:
    def __init__(self, found: Portable, host: str, features: Sequence[RoomFeature]) -> None:
        self._found, self._host, self._features = found, host, features
        self._said: list[Said] = []  # in the room that is being read

    def closed(self, around: Sequence[Placed], element: Placed) -> bool:
        """An element is complete; whether it is done with."""
        names = tuple([other.tag for other in around])
        if not names and element.tag != DATA:
            raise element.error(f"expected <server-data xmlns='{NAMESPACE}'/> (XEP-0227)")
        if names == (DATA,) and element.tag != HOST:
            self._ignore(element)
        elif names == (DATA, HOST):
            self._in_host(around[-1], element)
        elif names == (DATA, HOST, ROOM, _ARCHIVE):
            self._said.append(_said(element))
        else:
            return False
        return True

    def _in_host(self, host: Placed, element: Placed) -> None:
        said, self._said = self._said, []
        if element.tag != ROOM or host.get("jid") != self._host:
            self._ignore(element)
            return
        room = self._room(element)
        room.archive = sorted(said, key=lambda one: one.at)
        if any(room.local == other.local for other in self._found.rooms):
            raise element.error(f"the room {room.local} stands here twice")
        self._found.rooms.append(room)

    def _room(self, element: Placed) -> PortableRoom:
        local = element.get("name", "")
        try:
            valid = bool(local) and JID(f"{local}@{self._host}").local == local
        except InvalidJID:
            valid = False
        if not valid:
            raise element.error(f"name: expected the part of a room's address before the @, found {local!r}")
        room = PortableRoom(element, local)
        for part in element:
            assert isinstance(part, Placed)
            self._read_part(room, part)
        if not room.config[PERSISTENT]:
            raise element.error(f"{local} is not persistent: nobody would be in it, so it would end")
        if not any(entry.affiliation is Affiliation.OWNER for entry in room.affiliations.values()):
            raise element.error(f"{local} has no owner")
        return room

    def _read_part(self, room: PortableRoom, part: Placed) -> None:
        if part.tag == _QUERY:
            room.config = self._config(part)
        elif part.tag == _LISTS:
            room.voices = _voices(part)
            room.affiliations = _affiliations(part)
        elif part.tag == _MESSAGE:
            _read_subject(room, part)
        elif part.tag == vcard.VCARD:
            room.vcard = _vcard(part)
        elif part.tag != _ARCHIVE:
            self._ignore(part)

    def _config(self, query: Placed) -> RoomConfig:
        filled = query.find(FORM)
        if filled is None:
            raise query.error("expected a form with the room's configuration")
        settings = all_settings(self._features)
        try:
            values = submitted(filled, FORM_TYPE)
            config = RoomConfig().submitted(settings, values)
            for feature in self._features:
                feature.accepts(config)
        except StanzaError as error:
            raise query.error(str(error)) from None
        known = {setting.var for setting in settings}
        for var in values:
            if var not in known:
                self._found.ignored.append(f"{query.path}:{query.line}: the setting {var}")
        return config

    def _ignore(self, element: Placed) -> None:
        self._found.ignored.append(f"{element.path}:{element.line}: <{element.tag.rpartition('}')[2]}/>")


def _voices(query: Placed) -> dict[str, Role]:
    """Items with a role: who has voice, or has not, whatever their affiliation says."""
    found: dict[str, Role] = {}
    for item in query:
        assert isinstance(item, Placed)
        if item.get("role") is None:
            continue
        role, jid = ROLES.get(item.get("role", "")), _bare(item, item.get("jid", ""))
        if role not in (Role.VISITOR, Role.PARTICIPANT) or jid in found:
            raise item.error("expected visitor or participant, and an address that stands here once only")
        found[jid] = role
    return found


def _affiliations(query: Placed) -> dict[str, Registration]:
    found: dict[str, Registration] = {}
    nicks: set[str] = set()
    for item in query:
        assert isinstance(item, Placed)
        if item.get("role") is not None:
            continue
        affiliation = AFFILIATIONS.get(item.get("affiliation", ""))
        jid, nick = _bare(item, item.get("jid", "")), item.get("nick", "")
        if affiliation is None or jid in found or nick in nicks:
            raise item.error("expected an affiliation, an address and a nickname that stand here once only")
        found[jid] = Registration(affiliation, nick)
        nicks |= {nick} - {""}
    return found


def _read_subject(room: PortableRoom, message: Placed) -> None:
    subject = message.find(f"{{{CLIENT}}}subject")
    if subject is None:
        raise message.error("expected the room's subject")
    room.subject = Said(_moment(message), _nick(message), "", "", "")
    room.subject_text, room.subject_language = subject.text or "", subject.get(f"{{{XML}}}lang", "")


def _vcard(element: Placed) -> Placed:
    try:
        vcard.checked(element)
    except StanzaError as error:
        raise element.error(str(error)) from None
    return element


def _said(result: Placed) -> Said:
    """One `<result/>` of the archive."""
    forwarded = result.find(f"{{{FORWARD}}}forwarded")
    message = forwarded.find(_MESSAGE) if forwarded is not None else None
    if forwarded is None or not isinstance(message, Placed):
        raise result.error("expected a <result/> with a forwarded message (XEP-0313)")
    item = message.find(f"{{{USER}}}x/{{{USER}}}item")
    jid = _bare(message, item.get("jid", "")) if item is not None and item.get("jid") else ""
    named = {"id": message.get("id"), "xml:lang": message.get(f"{{{XML}}}lang")}
    attributes = "".join([f" {name}='{attribute(value)}'" for name, value in named.items() if value])
    content = [render(part, CLIENT) for part in message if part.tag not in _OF_THE_ROOM]
    assert isinstance(forwarded, Placed)
    is_spoken = message.find(f"{{{CLIENT}}}body") is not None
    return Said(_moment(forwarded), _nick(message), jid, attributes, "".join(content), is_spoken)


def _moment(element: Placed) -> datetime:
    delay = element.find(_STAMP)
    try:
        moment = datetime.fromisoformat(delay.get("stamp", "") if delay is not None else "")
    except ValueError:
        raise element.error("expected <delay/> with a UTC date and time (XEP-0203)") from None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _nick(message: Placed) -> str:
    try:
        return JID(message.get("from", "")).resource
    except InvalidJID:
        raise message.error("from: expected the address of an occupant") from None


def _bare(element: Placed, value: str) -> str:
    try:
        jid = JID(value)
    except InvalidJID:
        jid = JID()
    if not jid.domain or jid.full != value or jid.resource:
        raise element.error(f"jid: expected an address such as user@example.org, found {value!r}")
    return jid.full
