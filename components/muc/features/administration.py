"""XEP-0045 §8 and §9 requests about roles and affiliations: one item or many, all or none."""

from collections.abc import Iterable
from xml.etree.ElementTree import Element

from components.common.elements import child
from components.common.errors import StanzaError
from components.muc.feature import Announcement, RoomFeature, Visit
from components.muc.features import affiliations, roles
from components.muc.occupant import AFFILIATIONS, ROLES
from components.muc.stanzas import ADMIN

QUERY = f"{{{ADMIN}}}query"
ITEM = f"{{{ADMIN}}}item"


def _list(visit: Visit, query: Element) -> Element:
    """Everybody with the role or affiliation asked for."""
    items = query.findall(ITEM)
    if len(items) != 1:
        raise StanzaError("bad-request", "ask for one role or affiliation")
    role, affiliation = items[0].get("role"), items[0].get("affiliation")
    if role in ROLES and affiliation is None:
        found: Iterable[dict[str, str]] = roles.listed(visit, ROLES[role])
    elif affiliation in AFFILIATIONS and role is None:
        found = affiliations.listed(visit, AFFILIATIONS[affiliation])
    else:
        raise StanzaError("bad-request", "ask for one role or affiliation")
    result = Element(QUERY)
    for attributes in found:
        child(result, ITEM, **attributes)
    return result


def _change(visit: Visit, query: Element) -> None:
    """Make all changes, and then, after the result, tell everybody (§8.2)."""
    items = query.findall(ITEM)
    if not items:
        raise StanzaError("bad-request", "there is no item to change")
    announcements: list[Announcement] = []
    for item in items:
        try:
            announcements += _change_one(visit, item)
        except StanzaError as error:
            error.echo = Element(QUERY)
            error.echo.append(item)  # the offending one (§8.4)
            raise
    visit.transaction.place_result()
    for tell in announcements:
        tell()


def _change_one(visit: Visit, item: Element) -> Iterable[Announcement]:
    if item.get("role") is not None and item.get("affiliation") is not None:
        raise StanzaError("bad-request", "change the role or the affiliation, not both")  # §17.4
    return (roles.change if item.get("role") is not None else affiliations.change)(visit, item)


FEATURE = RoomFeature(
    "administration",
    settings=(affiliations.GET_MEMBER_LIST,),
    requests={("get", QUERY): _list, ("set", QUERY): _change},
)
