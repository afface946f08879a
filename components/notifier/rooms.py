"""Rooms in which alerts are shown, and answered: the notifier is an occupant of them (XEP-0045)."""

from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from slixmpp import JID, InvalidJID

from components.common.elements import attribute
from components.common.errors import condition_of
from components.common.stanza import Stanza
from components.common.transaction import Transaction
from components.notifier import chat
from components.notifier.chat import Note
from components.notifier.text import Speaker

MUC = "http://jabber.org/protocol/muc"
USER = f"{MUC}#user"
_ITEM = f"{{{USER}}}x/{{{USER}}}item"
_STATUS = f"{{{USER}}}x/{{{USER}}}status"
_DELAY = "{urn:xmpp:delay}delay"
MOST_WAITING = 200  # notes for one room that cannot be entered


@dataclass(slots=True)
class Membership:
    """One room as the notifier sees it. Not stored: at each start all rooms are entered anew, which shows
    who is in them and disturbs nobody; what is unsent follows from the posts (`prompts`).
    """

    nick: str
    is_in: bool = False
    trouble: str = ""  # why it cannot be entered
    jids: dict[str, str] = field(default_factory=dict)  # bare JID by nickname, as far as the room shows it
    unseen: dict[str, Note] = field(default_factory=dict)  # by id; the room has not shown them to us


class Rooms:
    """The rooms the notifier posts in."""

    def __init__(self, domain: str, nickname: str) -> None:
        self._domain, self._nickname = domain, nickname
        self._rooms: dict[str, Membership] = {}

    def enter(self, room: str, transaction: Transaction) -> None:
        """Ask to be let in, unless that is done already (§7.2)."""
        if room not in self._rooms:
            transaction.put(self._rooms, room, Membership(self._nickname))
            self._ask(room, transaction)

    def renewed(self, transaction: Transaction) -> None:
        """The rooms may have lost us with the link: enter them again."""
        for room, membership in self._rooms.items():
            membership.is_in = False
            self._ask(room, transaction)

    def post(self, note: Note, transaction: Transaction) -> None:
        """Send to all occupants, once we are one of them."""
        self.enter(note.to, transaction)
        membership = self._rooms[note.to]
        if len(membership.unseen) < MOST_WAITING:
            transaction.put(membership.unseen, note.id, note)
        if membership.is_in:
            chat.send(self._domain, note, transaction)

    def troubles(self) -> dict[str, str]:
        """The rooms that cannot be entered, and why."""
        return {room: membership.trouble for room, membership in self._rooms.items() if membership.trouble}

    def shows(self, stanza: Stanza) -> bool:
        """Whether a room shows us what we have said ourselves (§7.4): it got there."""
        membership = self._rooms.get(stanza.sender.bare)
        if membership is None or stanza.sender.resource != membership.nick:
            return False
        membership.unseen.pop(stanza.id or "", None)
        return True

    def speaker(self, stanza: Stanza) -> Speaker | None:
        """Who else has said this in one of the rooms; None for old messages and other rooms."""
        room, nick = stanza.sender.bare, stanza.sender.resource
        membership = self._rooms.get(room)
        if membership is None or not nick or stanza.element.find(_DELAY) is not None:
            return None
        return Speaker(membership.jids.get(nick, f"{room}/{nick}"), "room", room)

    def presence(self, stanza: Stanza, transaction: Transaction) -> None:
        """Somebody enters or leaves, perhaps we ourselves."""
        room, nick = stanza.sender.bare, stanza.sender.resource
        membership = self._rooms.get(room)
        if membership is None:
            return
        if stanza.type == "error":
            self._refused(room, membership, stanza, transaction)
            return
        codes = {status.get("code") for status in stanza.element.findall(_STATUS)}
        if "110" in codes:
            self._ourselves(room, membership, stanza, codes, transaction)
        elif stanza.type == "unavailable":
            membership.jids.pop(nick, None)
        else:
            self._note_jid(membership, nick, stanza.element.find(_ITEM))

    def bounced(self, stanza: Stanza, transaction: Transaction) -> bool:
        """A room has not taken a message, as it does with those who are not in it (§7.4): enter again, and
        send it again then. False if that would not help.
        """
        membership = self._rooms.get(stanza.sender.bare)
        if membership is None or condition_of(stanza.element) not in ("not-acceptable", "item-not-found"):
            return False
        membership.is_in = False
        self._ask(stanza.sender.bare, transaction)
        return True

    def _ourselves(
        self,
        room: str,
        membership: Membership,
        stanza: Stanza,
        codes: set[str | None],
        transaction: Transaction,
    ) -> None:
        if stanza.type == "unavailable":
            membership.is_in = False
            membership.trouble = "we were removed from the room" if codes & {"301", "307", "321"} else ""
            return
        membership.nick = stanza.sender.resource
        if "201" in codes:
            self._accept_defaults(room, transaction)
        waiting = [] if membership.is_in else list(membership.unseen.values())
        membership.is_in, membership.trouble = True, ""
        # Whatever the room took before, it has shown us before this: stanzas keep their order.
        for note in waiting:
            chat.send(self._domain, note, transaction)

    def _accept_defaults(self, room: str, transaction: Transaction) -> None:
        """There was no such room; nobody else could enter before its new owner says so (§10.1.2)."""
        before = f"<iq type='set' id='defaults' from='{attribute(self._domain)}' to='"
        form = "<x xmlns='jabber:x:data' type='submit'/>"
        transaction.send(before, f"'><query xmlns='{MUC}#owner'>{form}</query></iq>", [attribute(room)])

    def _refused(self, room: str, membership: Membership, stanza: Stanza, transaction: Transaction) -> None:
        condition = condition_of(stanza.element)
        if condition == "conflict" and len(membership.nick) < 60:  # somebody else has our nickname
            membership.nick += "_"
            self._ask(room, transaction)
        else:
            membership.is_in, membership.trouble = False, condition

    @staticmethod
    def _note_jid(membership: Membership, nick: str, item: Element | None) -> None:
        try:
            jid = JID(item.get("jid", "") if item is not None else "")
        except InvalidJID:
            return
        if jid.bare:
            membership.jids[nick] = jid.bare

    def _ask(self, room: str, transaction: Transaction) -> None:
        nick = self._rooms[room].nick
        before = f"<presence from='{attribute(self._domain)}' to='"
        after = f"'><x xmlns='{MUC}'><history maxstanzas='0'/></x></presence>"
        transaction.send(before, after, [attribute(f"{room}/{nick}")])
