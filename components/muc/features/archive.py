"""XEP-0313 Message Archive Management: what was said in a room, for those who belong there.

`archive_query` reads the store; here is who may ask, what is kept, and how it is told.
"""

from collections.abc import Iterable
from xml.etree.ElementTree import Element

from components.common import result_sets
from components.common.elements import STREAM, attribute, child, split
from components.common.errors import StanzaError
from components.common.forms import Field, form
from components.common.transaction import Transaction
from components.muc.feature import RoomFeature, Visit
from components.muc.features.anonymity import sees_jids
from components.muc.features.archive_query import Found, Metadata, Search, stamp
from components.muc.occupant import Affiliation
from components.muc.room import Message, Room
from components.muc.setting import RoomConfig, yes_or_no
from components.muc.stanzas import USER

NAMESPACE = "urn:xmpp:mam:2"
QUERY, METADATA = f"{{{NAMESPACE}}}query", f"{{{NAMESPACE}}}metadata"
FORWARD, DELAY = "urn:xmpp:forward:0", "urn:xmpp:delay"

KEEP = yes_or_no("muc#roomconfig_enablelogging", "What is said is kept in the room's archive", True)
LOGGED, NOW_LOGGED, NO_LONGER_LOGGED = 170, 170, 171

_HINTS, _CHAT_STATES = "urn:xmpp:hints", "http://jabber.org/protocol/chatstates"
_NOT_KEPT = (f"{{{_HINTS}}}no-store", f"{{{_HINTS}}}no-permanent-store")
_OF_NO_INTEREST = (f"{{{STREAM}}}thread", "{urn:xmpp:sid:0}origin-id")


def is_worth_keeping(message: Element) -> bool:
    """XEP-0313 §5.1: what has content; not what merely tells a state, nor what wants to be forgotten."""
    if any(message.find(hint) is not None for hint in _NOT_KEPT):
        return False
    return any(item.tag not in _OF_NO_INTEREST and split(item.tag)[0] != _CHAT_STATES for item in message)


def keep(visit: Visit, message: Message) -> None:
    """Put a message in the archive, if the room has one."""
    if visit.room.config[KEEP]:
        visit.room.archive(visit.transaction, message, visit.bare)


def _form(visit: Visit, query: Element) -> Element:
    """§4.1.5: the fields a search may have."""
    _require_right(visit)
    fields = [
        Field("with", [], "jid-single"),
        *(Field(name, [], "text-single") for name in ("start", "end", "before-id", "after-id")),
        Field("ids", [], "list-multi"),
    ]
    result = Element(QUERY)
    result.append(form("form", NAMESPACE, fields))
    return result


def _search(visit: Visit, query: Element) -> None:
    """§4: the messages follow, then the result of the request."""
    _require_right(visit)
    shows_jids = _sees_jids(visit)
    search = Search.read(visit.room, query, shows_jids)
    queryid = query.get("queryid")

    def answer(found: Found, transaction: Transaction) -> Element:
        _tell(visit, found, queryid, shows_jids, transaction)
        return _fin(visit.room, found)

    visit.service.questions.ask(visit.stanza, visit.transaction, search.run, answer)


def _tell(
    visit: Visit, found: Found, queryid: str | None, shows_jids: bool, transaction: Transaction
) -> None:
    room, to = visit.room, attribute(visit.stanza.sender.full)
    marked = f" queryid='{attribute(queryid)}'" if queryid else ""
    for row in found.rows:
        sender = room.occupant_address(row.nick) if row.nick else room.address
        jid = ""
        if shows_jids and row.jid:
            jid = f"<x xmlns='{USER}'><item jid='{attribute(row.jid)}'/></x>"
        transaction.reply(
            f"<message from='{room.address}' to='{to}'><result xmlns='{NAMESPACE}'{marked}"
            f" id='{room.ids.stanza_id(room.id, row.number)}'><forwarded xmlns='{FORWARD}'>"
            f"<delay xmlns='{DELAY}' stamp='{stamp(row.number)}'/>"
            f"<message xmlns='jabber:client' from='{sender}'{row.attributes} type='groupchat'>"
            f"{row.content}{jid}</message></forwarded></result></message>"
        )


def _fin(room: Room, found: Found) -> Element:
    fin = Element(f"{{{NAMESPACE}}}fin", {"complete": "true"} if found.is_complete else {})
    ids = [room.ids.stanza_id(room.id, row.number) for row in found.in_order]
    fin.append(result_sets.described(ids, found.count))
    return fin


def _metadata(visit: Visit, query: Element) -> None:
    """§6: the first and the last message."""
    _require_right(visit)
    room = visit.room

    def answer(found: Metadata, transaction: Transaction) -> Element:
        result = Element(METADATA)
        for name, number in (("start", found.first), ("end", found.last)):
            if number is not None:
                id = room.ids.stanza_id(room.id, number)
                child(result, f"{{{NAMESPACE}}}{name}", id=id, timestamp=stamp(number))
        return result

    visit.service.questions.ask(visit.stanza, visit.transaction, Metadata.of(room.id), answer)


def _require_right(visit: Visit) -> None:
    """Raises `forbidden`: what was said is for occupants, and for those who may enter at any time."""
    if visit.affiliation is Affiliation.OUTCAST:
        raise StanzaError("forbidden", "you are banned from this room")
    if visit.occupant is None and visit.affiliation < Affiliation.MEMBER:
        raise StanzaError("forbidden", "the archive is for occupants and members")


def _sees_jids(visit: Visit) -> bool:
    if visit.occupant is not None:
        return sees_jids(visit.room, visit.occupant)
    return visit.affiliation >= Affiliation.ADMIN


def _announces(room: Room) -> Iterable[str]:
    if room.config[KEEP]:
        yield from (NAMESPACE, f"{NAMESPACE}#extended")


def _greets(room: Room) -> Iterable[int]:
    if room.config[KEEP]:
        yield LOGGED


def _configured(visit: Visit, old: RoomConfig) -> Iterable[int]:
    if old[KEEP] != visit.room.config[KEEP]:
        yield NOW_LOGGED if visit.room.config[KEEP] else NO_LONGER_LOGGED


FEATURE = RoomFeature(
    "archive",
    xeps=("XEP-0313", "XEP-0045"),
    settings=(KEEP,),
    requests={("get", QUERY): _form, ("set", QUERY): _search, ("get", METADATA): _metadata},
    announces=_announces,
    greets=_greets,
    configured=_configured,
)
