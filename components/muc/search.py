"""XEP-0433 Extended Channel Search: public rooms by words in their name, description and address."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from xml.etree.ElementTree import Element

from components.common.elements import child
from components.common.errors import StanzaError
from components.common.feature import Feature
from components.common.forms import FORM, Field, Option, boolean, form, submitted
from components.common.result_sets import Page
from components.common.stanza import Stanza
from components.common.transaction import Transaction
from components.muc.features.anonymity import is_non_anonymous
from components.muc.features.description import DESCRIPTION, LANGUAGE, NAME
from components.muc.features.members_only import MEMBERS_ONLY
from components.muc.features.password import PROTECTED
from components.muc.features.publicity import PUBLIC
from components.muc.room import Room

_BASE = "urn:xmpp:channel-search:0"
NAMESPACE, FORM_TYPE, ERROR = f"{_BASE}:search", f"{_BASE}:search-params", f"{_BASE}:error"
SEARCH = f"{{{NAMESPACE}}}search"
BY_ADDRESS, BY_USERS = f"{{{_BASE}:order}}address", f"{{{_BASE}:order}}nusers"
MOST = 100  # rooms in one answer
_WHERE = ("sinname", "sindescription", "sinaddress")


def feature(rooms: Callable[[], Iterable[Room]]) -> Feature:
    """The declaration, for the service's own address."""

    def search(stanza: Stanza, request: Element, transaction: Transaction) -> Element:
        filled = request.find(FORM)
        if filled is None:
            return _form()
        values = submitted(filled, FORM_TYPE)
        found = [room for room in rooms() if room.config[PUBLIC] and not room.locked]
        if "xep-0045" not in values.get("types", ["xep-0045"]):
            found = []
        matches = _condition(values)
        matching = _sorted([room for room in found if matches(room)], values)
        page, described = Page.read(request, MOST).of(matching, lambda room: room.jid)
        result = Element(f"{{{NAMESPACE}}}result")
        for room in page:
            _add(result, room)
        result.append(described)
        return result

    return Feature("search", ("XEP-0433",), (NAMESPACE,), {("get", SEARCH): search})


def _form() -> Element:
    fields = [
        Field("q", [], "text-single", "Search for"),
        Field("all", ["false"], "boolean", "Return all entries"),
        *(Field(var, ["true"], "boolean", f"Search in {var.removeprefix('sin')}") for var in _WHERE),
        Field("types", ["xep-0045"], "list-multi", "Service types", [Option("xep-0045", "Multi-User Chat")]),
        Field(
            "key",
            [BY_USERS],
            "list-single",
            "Sort results by",
            [Option(BY_USERS, "Number of online users"), Option(BY_ADDRESS, "Address")],
        ),
    ]
    result = Element(SEARCH)
    result.append(form("form", FORM_TYPE, fields))
    return result


def _condition(values: Mapping[str, Sequence[str]]) -> Callable[[Room], bool]:
    """What a room must have to be found. Raises the errors of §4.2.3."""
    words = "".join(values.get("q", [])).casefold().split()
    everything = _truth(values, "all", False)
    if everything and words:
        raise _refusal("bad-request", "conflicting-fields", "either all rooms, or those with certain words")
    if everything:
        return lambda room: True
    if "q" not in values:
        raise _refusal("bad-request", "no-search-conditions", "what to search for?")
    if not words:
        raise _refusal("bad-request", "invalid-search-terms", "there is no word to search for")
    name, description, address = (_truth(values, var, True) for var in _WHERE)

    def matches(room: Room) -> bool:
        parts = (
            room.config[NAME] if name else "",
            room.config[DESCRIPTION] if description else "",
            room.jid if address else "",
        )
        text = "\n".join(parts).casefold()
        return all(word in text for word in words)

    return matches


def _sorted(rooms: Sequence[Room], values: Mapping[str, Sequence[str]]) -> Sequence[Room]:
    key = "".join(values.get("key", [BY_USERS]))
    if key == BY_ADDRESS:
        return sorted(rooms, key=lambda room: room.jid)
    if key == BY_USERS:
        return sorted(rooms, key=lambda room: (-len(room.occupants), room.jid))
    raise _refusal("feature-not-implemented", "invalid-sort-key", "rooms are sorted by address or users")


def _add(result: Element, room: Room) -> None:
    item = child(result, f"{{{NAMESPACE}}}item", address=room.jid)
    config = room.config
    texts = {"name": config[NAME], "description": config[DESCRIPTION], "language": config[LANGUAGE]}
    for name, value in texts.items():
        if value:
            child(item, f"{{{NAMESPACE}}}{name}", value)
    child(item, f"{{{NAMESPACE}}}nusers", str(len(room.occupants)))
    child(item, f"{{{NAMESPACE}}}service-type", "xep-0045")
    if not config[MEMBERS_ONLY] and not config[PROTECTED]:
        child(item, f"{{{NAMESPACE}}}is-open")
    anonymity = f"{{{_BASE}:anonymity-mode}}none" if is_non_anonymous(room) else "muc_semianonymous"
    child(item, f"{{{NAMESPACE}}}anonymity-mode", anonymity)


def _truth(values: Mapping[str, Sequence[str]], var: str, default: bool) -> bool:
    try:
        return boolean(values[var]) if var in values else default
    except ValueError as error:
        raise StanzaError("bad-request", f"{var}: {error}") from None


def _refusal(condition: str, detail: str, explanation: str) -> StanzaError:
    error = StanzaError(condition, explanation, kind="modify")
    error.detail = Element(f"{{{ERROR}}}{detail}")
    return error
