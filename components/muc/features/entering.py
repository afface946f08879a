"""XEP-0045 §7.2 entering a room, §7.7 a changed presence, and presences of those who are not in it."""

from dataclasses import dataclass
from xml.etree.ElementTree import Element

from components.common.errors import StanzaError
from components.common.stanza import Stanza
from components.common.transaction import Transaction
from components.muc.feature import Entry, Visit
from components.muc.features import history, lasting_voice, locked_nicknames, subject, vcard
from components.muc.features.nickname import change_nick, require_free, require_visible
from components.muc.features.presence_broadcast import (
    announce,
    is_shown,
    show_occupants,
    show_to_others,
    show_to_self,
)
from components.muc.occupant import Occupant, Session
from components.muc.stanzas import (
    CREATED,
    ENTER,
    KICKED,
    MUC,
    NICK_ASSIGNED,
    SELF,
    TECHNICAL_PROBLEM,
    USER,
    appearance,
    passed_on,
    statuses,
)


@dataclass(frozen=True, slots=True)
class Wish:
    """What the `<x/>` of somebody who wants to enter says."""

    password: str | None
    history: history.Limits

    @classmethod
    def read(cls, visit: Visit, x: Element) -> "Wish":
        """Raises `bad-request` for an impossible wish about history."""
        limits = history.Limits.read(x.find(history.HISTORY), visit.transaction.now)
        return cls(x.findtext(f"{{{MUC}}}password"), limits)


def appear(visit: Visit) -> None:
    """Available presence of an occupant: a new state, a new nickname, or a wish to see everything again."""
    occupant, asked = visit.occupant, visit.stanza.to.resource
    x = visit.stanza.element.find(ENTER)
    if occupant is None:
        if x is None:
            refuse_stranger(visit.stanza, visit.transaction)
        else:
            enter(visit, x)
    elif x is not None:
        _see_again(visit, occupant, x)
    elif asked != occupant.nick:
        locked_nicknames.require_choice(visit.room, visit.bare, asked)
        change_nick(visit, occupant, asked)
    else:
        visit.room.present(visit.transaction, occupant, _session(visit))
        announce(visit.room, visit.transaction, occupant)


def enter(visit: Visit, x: Element, created: bool = False) -> None:
    """Let the sender in, or raise the error of §7.2.17 that says why not."""
    room, asked = visit.room, visit.stanza.to.resource
    require_visible(asked)
    nick = locked_nicknames.nick_for(room, visit.bare, asked)
    wish = Wish.read(visit, x)
    if room.locked and not created:
        raise StanzaError("item-not-found", "this room is not open yet")  # §7.2.10
    for feature in visit.service.features:
        feature.admits(Entry(room, visit.affiliation, wish.password, nick not in room.occupants))
    require_free(visit, nick, visit.bare)
    role = lasting_voice.role_on_entering(room, visit.bare)
    occupant = room.enter(visit.transaction, nick, visit.bare, role, _session(visit))
    _welcome(visit, occupant, wish, ((CREATED,) if created else ()) + _assigned(nick, asked))


def _see_again(visit: Visit, occupant: Occupant, x: Element) -> None:
    """A client that lost track sees everything as if it had just entered (§17.3.3), under another
    nickname if that is what it asks for; the others see its presence only if that is another one.
    """
    room, asked = visit.room, visit.stanza.to.resource
    wish, session = Wish.read(visit, x), _session(visit)
    nick = locked_nicknames.nick_for(room, visit.bare, asked)
    changed = nick == occupant.nick and occupant.sessions[session.jid].presence != session.presence
    if nick != occupant.nick:
        change_nick(visit, occupant, nick)
        occupant = room.occupants[nick]
    room.present(visit.transaction, occupant, session)
    _welcome(visit, occupant, wish, _assigned(nick, asked), tell_others=changed)


def _assigned(nick: str, asked: str) -> tuple[int, ...]:
    return (NICK_ASSIGNED,) if nick != asked else ()


def _welcome(
    visit: Visit, occupant: Occupant, wish: Wish, codes: tuple[int, ...] = (), tell_others: bool = True
) -> None:
    """Everything that follows on entering, in the order of §7.1."""
    room, transaction = visit.room, visit.transaction
    address = occupant.current.address
    show_occupants(room, transaction, occupant, address)
    shown = appearance(room, occupant)
    if tell_others:
        if is_shown(room, occupant.role):
            show_to_others(room, transaction, shown)
        elsewhere = [other for other in occupant.addresses if other != address]
        show_to_self(room, transaction, shown, elsewhere)
    greetings = [code for feature in visit.service.features for code in feature.greets(room)]
    show_to_self(room, transaction, shown, (address,), (*greetings, *codes), visit.stanza.id)
    history.send(visit, address, wish.history)
    subject.tell(visit, address)
    vcard.welcome(room, transaction, address)


def refuse_stranger(stanza: Stanza, transaction: Transaction) -> None:
    """Somebody who believes to be in the room learns that they are not (§7.2.18)."""
    transaction.reply(
        f"{stanza.head('unavailable')}><x xmlns='{USER}'><item affiliation='none' role='none'>"
        f"<reason>You are not in the room.</reason></item>{statuses((SELF, KICKED, TECHNICAL_PROBLEM))}"
        "</x></presence>"
    )


def _session(visit: Visit) -> Session:
    return Session(visit.stanza.sender.full, passed_on(visit.stanza.element))
