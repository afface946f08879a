"""XEP-0050 commands about rooms, for administrators at the service's address and for `stellwerk room`."""

import difflib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element

from slixmpp import JID, InvalidJID

from components.common.commands import Command, Form, Invocation, People
from components.common.elements import child
from components.common.errors import StanzaError
from components.common.forms import Field, Option
from components.common.outcome import Content, Note, Outcome, Table, Value, done
from components.common.stanza import Stanza
from components.muc import operator_settings
from components.muc.feature import Visit
from components.muc.features import affiliations, configuration, creation
from components.muc.features.description import NAME
from components.muc.features.destroying import DESTROY, destroy
from components.muc.features.persistence import PERSISTENT
from components.muc.occupant import AFFILIATIONS, Affiliation
from components.muc.room import Registration, Room
from components.muc.setting import RoomConfig
from components.muc.stanzas import OWNER, stamp

if TYPE_CHECKING:
    from components.muc.service import RoomService

MOST_LISTED = 100  # rooms in one answer to a client; the operator's own command has no such limit

_ROOM = Field("room", (), "text-single", "Room: its address, or the part before the @", required=True)
_REASON = Field("reason", (), "text-single", "Reason, for those in the room")
_WHICH = Form([_ROOM])
_COMMONPLACE = ("open", "unmoderated", "unsecured", "semianonymous")


class RoomCommands:
    """What an operator does with rooms. `service` gives the service, which is made later than this."""

    def __init__(self, service: "Callable[[], RoomService]") -> None:
        self._service = service

    def commands(self, people: People) -> Iterable[Command]:
        """All of them, for administrators."""
        only = people.is_administrator
        appointment = Form(
            [
                _ROOM,
                Field("jid", (), "jid-single", "User, or a whole domain", required=True),
                Field("affiliation", (), "list-single", "Affiliation", _options(AFFILIATIONS), True),
                Field("nick", (), "text-single", "Nickname to reserve"),
                _REASON,
            ]
        )
        ending = Form([_ROOM, _REASON, Field("venue", (), "jid-single", "Where to go instead")])
        search = Form(
            [
                Field("search", (), "text-single", "Words in the address or the name"),
                Field("max", [str(MOST_LISTED)], "text-single", "How many at most; 0: all"),
            ]
        )
        listed = Form([_ROOM, Field("affiliation", (), "list-single", "Only", _options(AFFILIATIONS))])
        making = (Form([_ROOM, _owners("owners")]), self._form_of_new_room)
        return (
            Command("room-list", "List rooms", self._list, only, (search,)),
            Command("room-show", "Show a room", self._show, only, (_WHICH,)),
            Command("room-create", "Create a room", self._create, only, making),
            Command("room-set", "Configure a room", self._set, only, (_WHICH, self._form_of_room)),
            Command("room-destroy", "Destroy a room", self._destroy, only, (ending,)),
            Command("room-occupants", "List who is in a room", self._occupants, only, (_WHICH,)),
            Command("room-affiliations", "List who belongs to a room", self._affiliations, only, (listed,)),
            Command("room-affiliate", "Change an affiliation", self._affiliate, only, (appointment,)),
        )

    def _list(self, invocation: Invocation) -> Outcome:
        service, most = self._service(), invocation.answers.line("max")
        if not most.isascii() or not most.isdecimal():
            raise StanzaError("bad-request", f"max: expected a number, found {most!r}")
        words = invocation.answers.line("search").casefold().split()
        found = [room for room in service.rooms.values() if _has(room, words)]
        shown = sorted(found, key=lambda room: room.local)[: int(most[:9]) or None]
        columns = {"room": "Room", "name": "Name", "occupants": "Occupants", "traits": "Traits"}
        rows: Sequence[Mapping[str, Content]] = [
            {
                "room": room.jid,
                "name": room.config[NAME],
                "occupants": len(room.occupants),
                "traits": _traits(service, room),
            }
            for room in shown
        ]
        missing = len(found) - len(shown)
        notes = [Note(f"{missing} more; search for words, or ask for more at most")] if missing else []
        return Outcome(notes, table=Table("rooms", columns, rows))

    def _show(self, invocation: Invocation) -> Outcome:
        service, room = self._service(), self._room(invocation)
        subject = room.subject
        values = [
            Value("room", "Address", room.jid, "jid-single"),
            Value("traits", "Traits", _traits(service, room)),
            Value("occupants", "Occupants", len(room.occupants)),
            Value("subject", "Subject", subject.text if subject else ""),
            Value("subject_by", "Subject set by", subject.nick if subject else ""),
            Value("subject_at", "Subject set at", stamp(subject.at) if subject else ""),
            *operator_settings.values(service.features, room),
        ]
        for affiliation in (Affiliation.MEMBER, Affiliation.OUTCAST):
            number = sum(entry.affiliation is affiliation for entry in room.affiliations.values())
            values.append(Value(f"{affiliation.word}s", f"{affiliation.word.title()}s", number))
        return Outcome(values=values)

    def _form_of_new_room(self, invocation: Invocation) -> Form:
        room = self._free(invocation)
        defaults = configuration_of_new_room()
        fields = operator_settings.fields(self._service().features, defaults)
        return Form(fields, f"Configuration of {room.bare}")

    def _create(self, invocation: Invocation) -> Outcome:
        service, jid, transaction = self._service(), self._free(invocation), invocation.transaction
        owners = {JID(owner).bare for owner in invocation.answers.lines("owners")}
        if not owners:
            owners = {invocation.by.bare} if invocation.by else set(service.administrators)
        if not owners:
            raise StanzaError("not-acceptable", "owners: the room needs one, as there are no administrators")
        room = service.open(jid.local, transaction, locked=False)
        room.configure(transaction, configuration_of_new_room())
        for owner in sorted(owners):
            room.affiliate(transaction, owner, Registration(Affiliation.OWNER))
        values = operator_settings.submitted(service.features, room, invocation.answers)
        configuration.apply(visiting(service, room, invocation), values)
        if room.local not in service.rooms:
            raise StanzaError("not-acceptable", "persistentroom: it would end at once, as nobody is in it")
        return done(f"{room.jid} is made.", Value("room", "Address", room.jid, "jid-single"))

    def _form_of_room(self, invocation: Invocation) -> Form:
        room = self._room(invocation)
        fields = operator_settings.fields(self._service().features, room.config, room)
        return Form(fields, f"Configuration of {room.jid}")

    def _set(self, invocation: Invocation) -> Outcome:
        service, room = self._service(), self._room(invocation)
        before = operator_settings.values(service.features, room)
        values = operator_settings.submitted(service.features, room, invocation.answers)
        configuration.apply(visiting(service, room, invocation), values)
        after = operator_settings.values(service.features, room)
        changed = [new.var for old, new in zip(before, after, strict=True) if old.content != new.content]
        notes = [Note(f"{room.jid}: {', '.join(changed)} changed." if changed else "Nothing has changed.")]
        if room.local not in service.rooms:
            notes.append(Note("The room has ended: it is not persistent, and nobody is in it.", "warn"))
        if overruled := operator_settings.overruled(service.settings.rooms.get(room.local), room.config):
            names = ", ".join(overruled)
            text = f"The configuration file has another {names} for this room; it wins at the next reload."
            notes.append(Note(text, "warn"))
        return Outcome(notes)

    def _destroy(self, invocation: Invocation) -> Outcome:
        service, room, answers = self._service(), self._room(invocation), invocation.answers
        venue = answers.line("venue")
        destruction = Element(DESTROY, {"jid": venue} if venue else {})
        if reason := answers.line("reason"):
            child(destruction, f"{{{OWNER}}}reason", reason)
        if room.fixed:
            raise StanzaError(
                "not-allowed",
                f"{room.jid} stands in the configuration file: remove [muc.rooms.{room.local}] there",
            )
        destroy(visiting(service, room, invocation), destruction)
        return done(f"{room.jid} is destroyed.")

    def _occupants(self, invocation: Invocation) -> Outcome:
        room = self._room(invocation)
        columns = {"nick": "Nickname", "jid": "Address", "role": "Role", "affiliation": "Affiliation"}
        rows = [
            {
                "nick": occupant.nick,
                "jid": occupant.bare,
                "role": occupant.role.word,
                "affiliation": room.affiliation(occupant.bare).word,
                "sessions": list(occupant.sessions),
            }
            for occupant in room.occupants.values()
        ]
        return Outcome(table=Table("occupants", {**columns, "sessions": "Sessions"}, rows))

    def _affiliations(self, invocation: Invocation) -> Outcome:
        room, only = self._room(invocation), invocation.answers.line("affiliation")
        entries = sorted(room.affiliations.items(), key=lambda item: (-item[1].affiliation, item[0]))
        rows: Sequence[Mapping[str, Content]] = [
            {"jid": jid, "affiliation": entry.affiliation.word, "nick": entry.nick}
            for jid, entry in entries
            if only in ("", entry.affiliation.word)
        ]
        columns = {"jid": "Address", "affiliation": "Affiliation", "nick": "Nickname"}
        return Outcome(table=Table("affiliations", columns, rows))

    def _affiliate(self, invocation: Invocation) -> Outcome:
        service, room, answers = self._service(), self._room(invocation), invocation.answers
        jid, wanted = JID(answers.line("jid")).bare, AFFILIATIONS[answers.line("affiliation")]
        nick = answers.line("nick") or (room.affiliations[jid].nick if jid in room.affiliations else "")
        if room.reserved_for(nick) not in (None, jid):
            raise StanzaError("conflict", f"the nickname {nick!r} is reserved for somebody else")
        visit = visiting(service, room, invocation)
        keeps_nick = nick if wanted > Affiliation.NONE else ""
        announcements = affiliations.appoint(visit, jid, wanted, keeps_nick, answers.line("reason"))
        affiliations.require_owner_left(visit)
        for tell in announcements:
            tell()
        return done(f"{jid} has the affiliation {wanted.word} with {room.jid}.")

    def _room(self, invocation: Invocation) -> Room:
        """The room that is meant. Raises `item-not-found`, with the name that may have been meant."""
        service = self._service()
        local = self._address(invocation).local
        room = service.rooms.get(local)
        if room is None:
            close = difflib.get_close_matches(local, service.rooms, 1)
            hint = f"; did you mean {close[0]}?" if close else ""
            raise StanzaError("item-not-found", f"{local}@{service.domain}: there is no such room{hint}")
        return room

    def _free(self, invocation: Invocation) -> JID:
        jid = self._address(invocation)
        if jid.local in self._service().rooms:
            raise StanzaError("conflict", f"{jid.bare} exists already")
        return jid

    def _address(self, invocation: Invocation) -> JID:
        domain, given = self._service().domain, invocation.answers.line("room")
        try:
            jid = JID(given if "@" in given else f"{given}@{domain}")
        except InvalidJID:
            jid = JID()
        if not jid.local or jid.resource or jid.domain != domain:
            raise StanzaError("jid-malformed", f"{given!r}: expected a room, such as tea or tea@{domain}")
        return jid


def configuration_of_new_room() -> RoomConfig:
    """Rooms of an operator are there without anybody in them, so they have to last."""
    return creation.DEFAULTS.with_values({PERSISTENT: True})


def _has(room: Room, words: Sequence[str]) -> bool:
    text = f"{room.jid}\n{room.config[NAME]}".casefold()
    return all(word in text for word in words)


def _traits(service: "RoomService", room: Room) -> Sequence[str]:
    """§4.2 what kind of room it is, where that is worth a word; as disco#info has it."""
    announced = [name for feature in service.features for name in feature.announces(room)]
    kinds = [name.removeprefix("muc_") for name in announced if name.startswith("muc_")]
    extra = ["fixed"] * room.fixed + ["locked"] * room.locked
    return [kind for kind in kinds if kind not in _COMMONPLACE] + extra


def _owners(var: str) -> Field:
    return Field(var, (), "jid-multi", "Owners; nobody: who makes it")


def _options(words: Iterable[str]) -> Sequence[Option]:
    return [Option(word, word.title()) for word in words]


def visiting(service: "RoomService", room: Room, invocation: Invocation) -> Visit:
    """The operator, or an administrator, at the room; nobody is asked whether they may."""
    by = invocation.by or JID(service.domain)
    stanza = Stanza("iq", by, JID(room.jid), "set", None, Element("iq"))
    return Visit(service, room, stanza, invocation.transaction)
