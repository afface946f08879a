"""The notifier: which stanza goes to which part."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from xml.etree.ElementTree import Element

from components.common.elements import STREAM
from components.common.errors import StanzaError
from components.common.feature import Requests
from components.common.figures import Figure
from components.common.program import OperatorCommand, Reloaded
from components.common.stanza import Kind, Stanza
from components.common.transaction import Transaction
from components.notifier import addresses, chat
from components.notifier.chat import Note
from components.notifier.clock import Agenda
from components.notifier.config import NotifierSettings
from components.notifier.feature import Part
from components.notifier.prompts import Prompts
from components.notifier.reactions import REACTIONS, Reactions
from components.notifier.recipients import People
from components.notifier.rooms import Rooms
from components.notifier.text import Language, Speaker
from components.notifier.work import Work

_BODY = f"{{{STREAM}}}body"
_REPLY = "{urn:xmpp:reply:0}reply"
_FIXED = ("localpart", "nickname", "http", "mail", "work")  # keys that need a new process


class NotifierService:
    """All parts under one address. Pure: stanzas in, changes and stanzas out through the transaction."""

    def __init__(
        self,
        domain: str,
        settings: NotifierSettings,
        parts: Sequence[Part],
        requests: Requests,
        prompts: Prompts,
        rooms: Rooms,
        work: Work,
        agenda: Agenda,
        people: People,
    ) -> None:
        self.domain, self.settings, self.parts = domain, settings, tuple(parts)
        self.prompts, self.rooms, self.work, self.agenda, self.people = prompts, rooms, work, agenda, people
        self.address = settings.address(domain)
        self._requests, self.reactions = requests, Reactions(prompts)
        self._language = Language([verb for part in parts for verb in part.verbs], prompts)
        self.operator_commands: Mapping[str, OperatorCommand] = {}
        self._is_configured = False
        self._events: dict[str, list[Callable[[Stanza, Element, Transaction], object]]] = {}
        for part in parts:
            for name, take in part.events.items():
                self._events.setdefault(name, []).append(take)
        self._kinds: dict[Kind, Callable[[Stanza, Transaction], Element | None]] = {
            "message": self._message,
            "presence": self._presence,
            "iq": self._iq,
        }

    def handle(self, stanza: Stanza, transaction: Transaction) -> Element | None:
        """One stanza to the service."""
        return self._kinds[stanza.kind](stanza, transaction)

    def configure(self, settings: NotifierSettings, transaction: Transaction) -> Reloaded:
        """Take over the settings; at the start, also what was due and the rooms."""
        reloaded = Reloaded()
        if not self._is_configured:
            transaction.assign(self, "_is_configured", True)
            for note in self.prompts.unseen_in_rooms():
                self.rooms.post(note, transaction)
        else:
            changed = [key for key in _FIXED if getattr(settings, key) != getattr(self.settings, key)]
            reloaded.restart_needed += [f"notifier.{key}" for key in changed]
        transaction.assign(self, "settings", settings)
        for part in self.parts:
            reloaded.restart_needed += [f"notifier.{key}" for key in part.restart_needed(settings)]
            reloaded.applied += [f"notifier.{key}" for key in part.configure(settings, transaction)]
        return reloaded

    def renewed(self, transaction: Transaction) -> None:
        """The link is another one."""
        self.rooms.renewed(transaction)
        for part in self.parts:
            part.renewed(transaction)

    def make_rounds(self, transaction: Transaction) -> None:
        """Nothing: what is due is on the agenda, and the clock does not wait for the link."""

    def figures(self) -> Iterable[Figure]:
        """Those of the parts."""
        yield Figure("agenda", "things that are due later", lambda: len(self.agenda))
        for part in self.parts:
            yield from part.figures

    def _iq(self, stanza: Stanza, transaction: Transaction) -> Element | None:
        if stanza.type in ("result", "error"):
            return None
        self._require_service(stanza)
        return self._requests.answer(stanza, transaction)

    def _presence(self, stanza: Stanza, transaction: Transaction) -> None:
        if not self._is_own(stanza) or addresses.answer(stanza, transaction):
            return
        self.rooms.presence(stanza, transaction)
        for part in self.parts:
            part.presence(stanza, transaction)

    def _message(self, stanza: Stanza, transaction: Transaction) -> None:
        if stanza.type == "error":
            self._bounced(stanza, transaction)
            return
        self._require_service(stanza)
        if stanza.type == "groupchat":
            self._said_in_room(stanza, transaction)
            return
        self._note_receipts(stanza, transaction)
        self._hear_events(stanza, transaction)
        reactions = stanza.element.find(REACTIONS)
        body = stanza.element.findtext(_BODY) or ""
        if reactions is not None:  # a body beside it is for who does not know them (XEP-0428)
            self._reacted(reactions, stanza, transaction)
        elif body.strip():
            self._said(body, stanza, transaction)

    def _hear_events(self, stanza: Stanza, transaction: Transaction) -> None:
        for element in stanza.element:
            for take in self._events.get(element.tag, ()):
                take(stanza, element, transaction)

    def _said(self, body: str, stanza: Stanza, transaction: Transaction) -> None:
        if not self.people.may_use(stanza.sender.bare):
            raise StanzaError("forbidden", "this service is for people it knows")
        reply = self._heard(body, Speaker(stanza.sender.bare, "chat"), transaction, self._about(stanza))
        chat.send(stanza.to.bare, Note(stanza.sender.full, reply), transaction)

    def _reacted(self, element: Element, stanza: Stanza, transaction: Transaction) -> None:
        try:
            reply = self.reactions.take(stanza, element, transaction)
        except StanzaError as error:
            if error.condition == "not-acceptable":  # so that the client takes it back (XEP-0444 §3.3)
                raise
            transaction.roll_back()
            reply = error.explanation or error.condition
        if reply:
            chat.send(stanza.to.bare, Note(stanza.sender.full, reply), transaction)

    def _said_in_room(self, stanza: Stanza, transaction: Transaction) -> None:
        if self.rooms.shows(stanza):
            self.prompts.note_state(stanza.sender.bare, stanza.id or "", "received", transaction)
            return
        speaker = self.rooms.speaker(stanza)
        if speaker is None:
            return
        reply = self._heard(stanza.element.findtext(_BODY) or "", speaker, transaction)
        if reply:
            chat.send(self.domain, Note(stanza.sender.bare, reply, in_room=True), transaction)

    def _about(self, stanza: Stanza) -> int:
        """XEP-0461 §3: the number of the message this one replies to; 0 if there is none."""
        reply = stanza.element.find(_REPLY)
        found = self.prompts.posted(reply.get("id", ""), stanza.sender.bare) if reply is not None else None
        return found.number if found is not None else 0

    def _heard(self, body: str, speaker: Speaker, transaction: Transaction, about: int = 0) -> str:
        """The reply; what is wrong is said in plain text, since not every client shows errors."""
        try:
            return self._language.hear(body, speaker, transaction, about)
        except StanzaError as error:
            transaction.roll_back()
            return error.explanation or error.condition

    def _note_receipts(self, stanza: Stanza, transaction: Transaction) -> None:
        for element in stanza.element:
            state = chat.STATES.get(element.tag)
            if state is not None:
                self.prompts.note_state(stanza.sender.bare, element.get("id", ""), state, transaction)

    def _bounced(self, stanza: Stanza, transaction: Transaction) -> None:
        self._hear_events(stanza, transaction)
        if not self.rooms.bounced(stanza, transaction):
            self.prompts.note_state(stanza.sender.bare, stanza.id or "", "failed", transaction)

    def _require_service(self, stanza: Stanza) -> None:
        if not self._is_own(stanza):
            raise StanzaError("item-not-found", f"there is nobody at this address; write to {self.address}")

    def _is_own(self, stanza: Stanza) -> bool:
        return stanza.to.bare in (self.domain, self.address)
