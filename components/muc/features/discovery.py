"""XEP-0045 §6.4 to §6.6 and §7.12 service discovery of rooms, occupants and reserved nicknames."""

from xml.etree.ElementTree import Element

from components.common.disco import (
    INFO,
    INFO_QUERY,
    ITEMS,
    ITEMS_QUERY,
    Identity,
    Info,
    Item,
    info_result,
    items_result,
)
from components.common.errors import StanzaError
from components.common.forms import Field, form
from components.muc.feature import RoomFeature, Visit
from components.muc.features.description import NAME
from components.muc.features.presence_broadcast import is_shown
from components.muc.stanzas import MUC, OCCUPANT_ID, STABLE_ID, STANZA_ID

FORM_TYPE = f"{MUC}#roominfo"
RESERVED_NICK = "x-roomuser-item"
TRAFFIC = f"{MUC}#traffic"


def _info(visit: Visit, query: Element) -> Element:
    node = query.get("node", "")
    if node == RESERVED_NICK:
        return _reserved_nick(visit)
    if node == TRAFFIC:
        raise StanzaError("service-unavailable", "this room passes everything on")  # §18.1.1
    if node:
        command = visit.service.commands.info(visit.stanza, node)
        if command is None:
            raise StanzaError("item-not-found", "there is no such node")
        return info_result(command, node)
    room, features = visit.room, visit.service.features
    fields: list[Field] = [item for feature in features for item in feature.describes(room)]
    return info_result(
        Info(
            (Identity("conference", "text", room.config[NAME] or room.local),),
            [
                MUC,
                STABLE_ID,
                OCCUPANT_ID,
                STANZA_ID,
                INFO,
                ITEMS,
                *(name for feature in features for name in feature.announces(room)),
            ],
            (form("result", FORM_TYPE, fields),),
        )
    )


def _reserved_nick(visit: Visit) -> Element:
    """The sender's nickname as the name of an identity, or nothing (§7.12)."""
    nick = visit.room.registration(visit.bare).nick
    identities = (Identity("conference", "text", nick),) if nick else ()
    return info_result(Info(identities), RESERVED_NICK)


def _items(visit: Visit, query: Element) -> Element:
    """The occupants that are seen, for occupants; others see an empty list (§6.5). Commands have a node of
    their own.
    """
    node = query.get("node", "")
    if node:
        commands = visit.service.commands.items(visit.stanza, node)
        if commands is None:
            raise StanzaError("item-not-found", "there is no such node")
        return items_result(commands, node)
    room, asker = visit.room, visit.occupant
    seen = [o for o in room.occupants.values() if o is asker or is_shown(room, o.role)] if asker else ()
    return items_result([Item(f"{room.jid}/{occupant.nick}") for occupant in seen])


FEATURE = RoomFeature(
    "discovery",
    xeps=("XEP-0030", "XEP-0128", "XEP-0045"),
    requests={("get", INFO_QUERY): _info, ("get", ITEMS_QUERY): _items},
)
