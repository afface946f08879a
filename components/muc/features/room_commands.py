"""XEP-0050 Ad-Hoc Commands of rooms, as their features declare them."""

from collections.abc import Iterable
from xml.etree.ElementTree import Element

from components.common.command_sessions import NAMESPACE
from components.common.commands import COMMAND
from components.common.forms import FORM
from components.muc.feature import RoomFeature, Visit
from components.muc.room import Room


def _answer(visit: Visit, request: Element) -> Element:
    """One stage; or all at once for who fills in the form before it was offered (XEP-0317 §3.3)."""
    commands, stanza, transaction = visit.service.commands, visit.stanza, visit.transaction
    offered = commands.answer(stanza, request, transaction)
    filled = request.find(FORM)
    if filled is None or request.get("sessionid") or offered.get("status") != "executing":
        return offered
    attributes = {"node": request.get("node", ""), "sessionid": offered.get("sessionid", "")}
    following = Element(COMMAND, attributes)
    following.append(filled)
    return commands.answer(stanza, following, transaction)


def _announces(room: Room) -> Iterable[str]:
    yield NAMESPACE


FEATURE = RoomFeature(
    "commands", xeps=("XEP-0050",), requests={("set", COMMAND): _answer}, announces=_announces
)
