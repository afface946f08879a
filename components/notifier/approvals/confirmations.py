"""XEP-0070 Verifying HTTP Requests via XMPP: did you ask for this? Confirmed by client, text or button.

A web server asks by HTTP, and asks again for the answer (or gets it by callback); who answers has shown that
the account is theirs. Requests are always sent as messages to the bare JID (§4.5), so that every client of
the person can answer, also one that does not know the XEP.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal
from xml.etree.ElementTree import Element

import msgspec

from components.common.elements import attribute
from components.common.errors import StanzaError
from components.common.stanza import Stanza
from components.common.transaction import Transaction
from components.notifier.approvals import storage
from components.notifier.approvals.request import ConfirmationRequest
from components.notifier.clock import Agenda
from components.notifier.prompt import Action, Kind, Prompt
from components.notifier.prompts import Prompts
from components.notifier.recipients import People
from components.notifier.text import Said, Speaker, Verb
from components.notifier.work import Work

NAMESPACE = "http://jabber.org/protocol/http-auth"
CONFIRM = f"{{{NAMESPACE}}}confirm"
KIND = "confirmation"
PATIENCE = timedelta(minutes=5)
REMEMBERED = timedelta(hours=24)  # an answer that was not asked for is forgotten then
MOST_OPEN = 5  # for one person

State = Literal["pending", "confirmed", "denied", "expired"]


@dataclass(frozen=True, slots=True)
class Confirmation:
    """One question."""

    number: int
    token: str  # name of the program's token; it alone may see it
    request: ConfirmationRequest
    jid: str  # bare
    created: datetime
    state: State = "pending"

    def json(self) -> Mapping[str, Any]:
        """For programs."""
        return {
            "number": self.number,
            "state": self.state,
            "jid": self.jid,
            "id": self.request.id,
            "created": self.created.isoformat(),
        }

    def row(self) -> Mapping[str, Any]:
        """For the store, without the number."""
        return {
            "token": self.token,
            "request": msgspec.json.encode(self.request).decode(),
            "jid": self.jid,
            "created": self.created.isoformat(),
            "state": self.state,
        }


class Confirmations:
    """All that are remembered."""

    def __init__(
        self, people: People, prompts: Prompts, work: Work, agenda: Agenda, stored: Iterable[Any]
    ) -> None:
        self._people, self._prompts, self._work, self._agenda = people, prompts, work, agenda
        self._all = {
            row.number: Confirmation(
                row.number,
                row.token,
                msgspec.json.decode(row.request, type=ConfirmationRequest),
                row.jid,
                datetime.fromisoformat(row.created),
                row.state,
            )
            for row in stored
        }

    def kind(self) -> Kind:
        """How it is asked and answered."""
        actions = (
            Action("confirm", "Confirm", "yes, I have asked for this", emoji="👍"),
            Action("deny", "Deny", "no", emoji="👎"),
        )
        return Kind(KIND, actions, self._answer, payload=self._payload)

    def verbs(self) -> tuple[Verb, ...]:
        """§4.5: who does not know the XEP may answer OK or No."""
        return (
            Verb("ok", "ok", "confirm what was asked last", self._say("confirm")),
            Verb("no", "no", "deny it", self._say("deny")),
        )

    def begin(self, transaction: Transaction) -> None:
        """After a start: put on the agenda what is due."""
        for confirmation in self._all.values():
            self._schedule(confirmation, transaction)

    def ask(self, request: ConfirmationRequest, token: str, transaction: Transaction) -> Confirmation:
        """Raises `StanzaError`: `bad-request` for nobody, `resource-constraint` if too many are open."""
        person = self._people.find(request.jid.partition("/")[0])
        if person is None:
            raise StanzaError("bad-request", f"jid: {request.jid!r} is nobody known here")
        same = [one for one in self._open(person.jid) if one.request == request and one.token == token]
        if same:
            return same[0]
        if len(list(self._open(person.jid))) >= MOST_OPEN:
            raise StanzaError("resource-constraint", f"{MOST_OPEN} questions wait for {person.name} already")
        text = (
            f"Did you ask for this? {request.method} {request.url}\n"
            f"Transaction: {request.id}. If it was not you, deny it: somebody tries to use your name."
        )
        prompt = self._prompts.ask(KIND, request.url, text, transaction, urgent=True)
        confirmation = Confirmation(prompt.number, token, request, person.jid, transaction.now)
        self._put(confirmation, transaction)
        self._schedule(confirmation, transaction)
        self._prompts.tell(prompt.number, person.jid, transaction)
        return confirmation

    def get(self, number: int, token: str) -> Confirmation:
        """Raises `item-not-found`; also for what another program has asked."""
        found = self._all.get(number)
        if found is None or found.token != token:
            raise StanzaError("item-not-found", f"there is no confirmation {number}")
        return found

    def heard(self, stanza: Stanza, element: Element, transaction: Transaction) -> None:
        """§4.6 a client's answer: the same element, in an error if it is denied."""
        for confirmation in self._open(stanza.sender.bare):
            if element.get("id") == confirmation.request.id:
                verb = "deny" if stanza.type == "error" else "confirm"
                said = Said(Speaker(stanza.sender.bare, "chat"), verb, "")
                self._prompts.answer(confirmation.number, said, transaction)
                return

    # -- inside ----------------------------------------------------------------------------------------

    def _open(self, jid: str) -> Iterable[Confirmation]:
        return [one for one in self._all.values() if one.jid == jid and one.state == "pending"]

    def _answer(self, prompt: Prompt, said: Said, transaction: Transaction) -> str:
        confirmation = self._all.get(prompt.number)
        if confirmation is None or confirmation.state != "pending":
            how = confirmation.state if confirmation is not None else "over"
            raise StanzaError("unexpected-request", f"{prompt.number} is {how} already")
        if said.by.address != confirmation.jid:  # not even an administrator may answer for somebody
            raise StanzaError("forbidden", f"{prompt.number} is not yours to answer")
        state: State = "confirmed" if said.verb == "confirm" else "denied"
        self._end(confirmation, state, transaction)
        return f"{prompt.number} is {state}."

    def _say(self, verb: str) -> Callable[[Said, Transaction], str]:
        def run(said: Said, transaction: Transaction) -> str:
            found = list(self._open(said.by.address))
            if not found:
                raise StanzaError("item-not-found", "nothing waits for your confirmation")
            return self._prompts.answer(found[-1].number, replace(said, verb=verb), transaction)

        return run

    def _end(self, confirmation: Confirmation, state: State, transaction: Transaction) -> None:
        confirmation = replace(confirmation, state=state)
        self._put(confirmation, transaction)
        text = f"{state.capitalize()}: {confirmation.request.method} {confirmation.request.url}"
        self._prompts.correct(confirmation.number, text, transaction, is_open=False)
        self._schedule(confirmation, transaction)
        if confirmation.request.callback:
            key = f"confirmation-{confirmation.number}"
            self._work.callback(confirmation.request.callback, confirmation.json(), key, transaction, KIND)

    def _schedule(self, confirmation: Confirmation, transaction: Transaction) -> None:
        number, is_open = confirmation.number, confirmation.state == "pending"

        def due(transaction: Transaction) -> None:
            if is_open:
                self._end(self._all[number], "expired", transaction)
            else:
                transaction.remove(self._all, number)
                transaction.delete(storage.confirmations, (number,))
                self._prompts.forget(number, transaction)

        at = confirmation.created + (PATIENCE if is_open else REMEMBERED)
        self._agenda.put(transaction, (KIND, number), at, due)

    def _payload(self, prompt: Prompt) -> str:
        confirmation = self._all.get(prompt.number)
        if confirmation is None or not prompt.is_open:
            return ""
        request = confirmation.request
        id_, method, url = (attribute(value) for value in (request.id, request.method, request.url))
        confirm = f"<confirm xmlns='{NAMESPACE}' id='{id_}' method='{method}' url='{url}'/>"
        return f"<thread>confirmation-{prompt.number}</thread>{confirm}"

    def _put(self, confirmation: Confirmation, transaction: Transaction) -> None:
        transaction.replace(self._all, confirmation.number, confirmation)
        transaction.write(storage.confirmations, (confirmation.number,), confirmation.row())
