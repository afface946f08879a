"""What a feature of rooms declares: settings, what it announces, requests, and where it has a say."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import Element

from slixmpp import JID

from components.common.commands import Command
from components.common.feature import RequestName
from components.common.forms import Field
from components.common.stanza import Stanza
from components.common.transaction import Transaction
from components.muc.occupant import Affiliation, Occupant
from components.muc.room import Room
from components.muc.setting import RoomConfig, Setting

if TYPE_CHECKING:
    from components.muc.service import RoomService


@dataclass(frozen=True, slots=True)
class Entry:
    """Somebody asks to be let in."""

    room: Room
    affiliation: Affiliation
    password: str | None
    is_new: bool  # not one more session of an occupant


@dataclass(frozen=True, slots=True)
class Visit:
    """A stanza addressed to an existing room or one of its occupants."""

    service: "RoomService"
    room: Room
    stanza: Stanza
    transaction: Transaction

    @property
    def bare(self) -> str:
        """The sender's bare JID."""
        return self.stanza.sender.bare

    @property
    def occupant(self) -> Occupant | None:
        """The sender as occupant, if this session of theirs is in the room."""
        return self.room.sessions.get(self.stanza.sender.full)

    @property
    def affiliation(self) -> Affiliation:
        """The sender's affiliation."""
        return self.room.affiliation(self.bare)


Announcement = Callable[[], None]  # tells occupants of a change that is made
FormValues = Mapping[str, Sequence[str]]  # of a submitted form, by field

RoomRequest = Callable[[Visit, Element], Element | None]
FindRoom = Callable[[JID], Room]  # the room with that address, which exists


def _nothing(*arguments: object) -> tuple[()]:
    return ()


@dataclass(frozen=True, slots=True)
class RoomFeature:
    """One piece of the behaviour of rooms; see `component.FEATURES` for all, in their order."""

    name: str
    xeps: tuple[str, ...] = ("XEP-0045",)
    settings: tuple[Setting[Any], ...] = ()
    # Part of a room's configuration, but no fields of its form: they are changed in other ways.
    further_settings: tuple[Setting[Any], ...] = ()
    # Fields of the configuration form that are no settings, and what to do with those submitted.
    fields: Callable[[Room], Iterable[Field]] = _nothing
    submitted: Callable[[Visit, FormValues], Iterable[Announcement]] = _nothing
    requests: Mapping[RequestName, RoomRequest] = field(default_factory=dict)
    # Commands at a room's address (XEP-0050).
    commands: Callable[[FindRoom], Iterable[Command]] = _nothing
    # Features a room announces, and fields of its muc#roominfo form (§6.4).
    announces: Callable[[Room], Iterable[str]] = _nothing
    describes: Callable[[Room], Iterable[Field]] = _nothing
    # Refuses somebody who wants to enter by raising a StanzaError (§7.2).
    admits: Callable[[Entry], object] = _nothing
    # Status codes for somebody who has entered.
    greets: Callable[[Room], Iterable[int]] = _nothing
    # Refuses a configuration by raising `not-acceptable` (§10.1.3).
    accepts: Callable[[RoomConfig], object] = _nothing
    # Follows from a new configuration, given the old one; status codes for the occupants (§10.2.1).
    configured: Callable[[Visit, RoomConfig], Iterable[int]] = _nothing


def all_settings(features: Iterable[RoomFeature]) -> list[Setting[Any]]:
    """What a room's configuration consists of, for those who take it elsewhere."""
    return [setting for f in features for setting in (*f.settings, *f.further_settings)]
