"""XEP-0317 Hats: commands by which admins make hats and put them on people."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from slixmpp import JID

from components.common.commands import Command, Form, Invocation, Stage
from components.common.errors import StanzaError
from components.common.forms import Field, Option
from components.common.outcome import Outcome, Table
from components.common.transaction import Transaction
from components.muc import hats
from components.muc.feature import FindRoom, RoomFeature
from components.muc.features.change_notice import notify
from components.muc.features.presence_broadcast import announce
from components.muc.hats import MOST_HATS, MOST_WEARERS, MOST_WORN, NAMESPACE, Hat
from components.muc.occupant import Affiliation
from components.muc.room import Room

_NODE, _FORM_TYPE = "urn:xmpp:hats:commands:", "urn:xmpp:hats:commands"
_TYPE = Field("FORM_TYPE", [_FORM_TYPE], "hidden")
_TITLE, _URI, _HUE, _JID = "hats#title", "hats#uri", "hats#hue", "hats#jid"
_COLUMNS = {_TITLE: "Title", _URI: "URI", _HUE: "Hue"}

_CREATION = Form(
    [
        _TYPE,
        Field(_TITLE, (), "text-single", "Title", required=True),
        Field(_URI, (), "text-single", "URI, which tells this hat from all others", required=True),
        Field(_HUE, (), "text-single", "Colour: degrees on the wheel of hues, from 0 to 360"),
    ],
    "Make a hat, or change one",
)


@dataclass(frozen=True, slots=True)
class HatCommands:
    """What can be done with the hats of rooms."""

    room_of: FindRoom

    def commands(self) -> Iterable[Command]:
        """All of §3."""

        def command(
            node: str,
            name: str,
            run: Callable[[Invocation], Outcome],
            stages: tuple[Stage, ...] = (),
            allows: Callable[[JID, JID], bool] = self._is_admin,
        ) -> Command:
            return Command(_NODE + node, name, run, allows, stages, for_operator=False)

        return (
            command("create", "Make a hat, or change one", self._create, (_CREATION,)),
            command("destroy", "Destroy a hat", self._destroy, (self._form_of_one,)),
            command("list", "List the hats", self._list, allows=self._belongs),
            command("assign", "Put a hat on somebody", self._assign, (self._form_of_wearer,)),
            command("unassign", "Take a hat off somebody", self._unassign, (self._form_of_wearer,)),
            command("list-assigned", "List who wears which hat", self._list_assigned),
        )

    def _is_admin(self, requester: JID, to: JID) -> bool:
        return self.room_of(to).affiliation(requester.bare) >= Affiliation.ADMIN

    def _belongs(self, requester: JID, to: JID) -> bool:
        room = self.room_of(to)
        return requester.full in room.sessions or room.affiliation(requester.bare) >= Affiliation.MEMBER

    def _form_of_one(self, invocation: Invocation) -> Form:
        options = [Option(hat.uri, hat.title) for hat in self._shelf(invocation).values()]
        return Form([_TYPE, Field(_URI, (), "list-single", "Hat", options, required=True)])

    def _form_of_wearer(self, invocation: Invocation) -> Form:
        who = Field(_JID, (), "jid-single", "Address", required=True)
        return Form([_TYPE, who, *self._form_of_one(invocation).fields[1:]])

    def _create(self, invocation: Invocation) -> Outcome:
        """§3.2; an existing URI changes that hat, on all who wear it."""
        hat = Hat(*(invocation.answers.line(var) for var in (_URI, _TITLE, _HUE)))
        try:
            hat.require_sound()
        except ValueError as error:
            raise StanzaError("not-acceptable", str(error)) from None
        shelf = self._shelf(invocation)
        if hat.uri not in shelf and len(shelf) >= MOST_HATS:
            raise StanzaError("resource-constraint", f"a room has at most {MOST_HATS} hats")
        shelf[hat.uri] = hat
        room = self.room_of(invocation.to)
        _change(room, invocation.transaction, shelf, hats.worn(room.config))
        return Outcome()

    def _destroy(self, invocation: Invocation) -> Outcome:
        shelf, room = self._shelf(invocation), self.room_of(invocation.to)
        del shelf[invocation.answers.line(_URI)]
        _change(room, invocation.transaction, shelf, hats.worn(room.config))
        return Outcome()

    def _list(self, invocation: Invocation) -> Outcome:
        rows = [_row(hat) for hat in self._shelf(invocation).values()]
        return Outcome(table=Table("hats", _COLUMNS, rows, reported=True))

    def _assign(self, invocation: Invocation) -> Outcome:
        room, (bare, uri) = self.room_of(invocation.to), _wearer(invocation)
        wearers = hats.worn(room.config)
        if len(wearers) >= MOST_WEARERS and bare not in wearers:
            raise StanzaError("resource-constraint", f"at most {MOST_WEARERS} people wear hats in a room")
        own = wearers.setdefault(bare, [])
        if uri not in own:
            own.append(uri)
        if len(own) > MOST_WORN:
            raise StanzaError("resource-constraint", f"one wears at most {MOST_WORN} hats")
        _change(room, invocation.transaction, self._shelf(invocation), wearers)
        return Outcome()

    def _unassign(self, invocation: Invocation) -> Outcome:
        room, (bare, uri) = self.room_of(invocation.to), _wearer(invocation)
        wearers = hats.worn(room.config)
        if uri not in wearers.get(bare, ()):
            raise StanzaError("item-not-found", f"{bare} does not wear that hat")
        wearers[bare].remove(uri)
        _change(room, invocation.transaction, self._shelf(invocation), wearers)
        return Outcome()

    def _list_assigned(self, invocation: Invocation) -> Outcome:
        shelf = self._shelf(invocation)
        wearers = hats.worn(self.room_of(invocation.to).config)
        rows = [
            {_JID: bare} | _row(shelf[uri]) for bare, uris in wearers.items() for uri in uris if uri in shelf
        ]
        return Outcome(table=Table("hats", {_JID: "Address"} | _COLUMNS, rows, reported=True))

    def _shelf(self, invocation: Invocation) -> dict[str, Hat]:
        return hats.shelf(self.room_of(invocation.to).config)


def _row(hat: Hat) -> dict[str, str]:
    return {_TITLE: hat.title, _URI: hat.uri, _HUE: hat.hue}


def _wearer(invocation: Invocation) -> tuple[str, str]:
    jid = JID(invocation.answers.line(_JID))
    if not jid.local:
        raise StanzaError("bad-request", "a hat is worn by a user; give an address such as user@example.org")
    return jid.bare, invocation.answers.line(_URI)


def _change(
    room: Room, transaction: Transaction, shelf: dict[str, Hat], wearers: dict[str, list[str]]
) -> None:
    """Take over the hats; after the result everybody is told, and sees those who look different now."""
    before = {bare: hats.shown(room.config, bare) for bare in hats.worn(room.config)}
    room.configure(transaction, hats.with_hats(room.config, shelf, wearers), locked=room.locked)
    transaction.place_result()
    notify(room, transaction)
    for occupant in room.occupants.values():
        if hats.shown(room.config, occupant.bare) != before.get(occupant.bare, ""):
            announce(room, transaction, occupant)


def _commands(room_of: FindRoom) -> Iterable[Command]:
    return HatCommands(room_of).commands()


def _announces(room: Room) -> Iterable[str]:
    yield NAMESPACE


def _describes(room: Room) -> Iterable[Field]:
    digest = hats.digest(room.config)
    if digest:
        yield Field("hats#hash", [digest], label="Changes with the list of hats")


FEATURE = RoomFeature(
    "hats",
    xeps=("XEP-0317",),
    further_settings=(hats.SHELF, hats.WORN),
    commands=_commands,
    announces=_announces,
    describes=_describes,
)
