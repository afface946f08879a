"""Answers to matches: confirm, adjust, cancel; posted to where they are checked before an order."""

import logging
from collections.abc import Callable, Mapping
from typing import Any

from components.common.errors import StanzaError
from components.common.transaction import Transaction
from components.notifier.prompt import Action, Kind, Post, Prompt
from components.notifier.prompts import Prompts
from components.notifier.recipients import People
from components.notifier.text import Said
from components.notifier.watch.conditions import Condition
from components.notifier.watch.moments import time_of
from components.notifier.watch.prices import shown
from components.notifier.watch.telling import KIND, Telling, Told
from components.notifier.watch.watches import Phase, Watch
from components.notifier.watch.watchlist import WatchList
from components.notifier.work import Work

log = logging.getLogger(__name__)

ACTIONS = (
    Action("confirm", "Confirm", "go ahead with what has matched", "[comment]", emoji="👍"),
    Action("adjust", "Adjust", "do not go ahead; watch for something else", "< 12.00", button=False),
    Action("cancel", "Cancel", "do not go ahead, and stop watching", "[comment]", emoji="👎"),
)
_DONE = {"confirm": "Confirmed", "adjust": "Adjusted", "cancel": "Cancelled"}


class Answering:
    """Takes answers and passes them on."""

    def __init__(
        self,
        prompts: Prompts,
        work: Work,
        watches: WatchList,
        telling: Telling,
        people: People,
        adjusted: Callable[[Watch, str, Transaction], Condition],
    ) -> None:
        """`adjusted` makes out of a watch's condition and what somebody typed another one."""
        self._prompts, self._work, self._watches, self._telling = prompts, work, watches, telling
        self._people = people
        self._adjusted = adjusted
        self.url = ""  # where answers are posted; empty: nowhere

    def kind(self) -> Kind:
        """For `Prompts.register`."""
        return Kind(KIND, ACTIONS, self._answer, self._may_answer, self._undelivered)

    def _may_answer(self, prompt: Prompt, address: str) -> bool:
        """The owner, who may have heard of it in a summary only."""
        watch = self._watches.find(int(prompt.subject))
        return watch is not None and watch.owner == address

    def _answer(self, prompt: Prompt, said: Said, transaction: Transaction) -> str:
        match = self._telling.find(prompt.number)
        if match is None or not prompt.is_open:
            raise StanzaError("conflict", _answered(prompt))
        watch = self._watches.find(match.watch)
        if said.verb == "adjust":
            watch = self._adjust(prompt.number, watch, said, transaction)
        elif said.verb == "cancel" and watch is not None and watch.standing.phase.waits:
            self._watches.switch(watch, Phase.OFF, transaction)
        done = f"{_DONE[said.verb]} by {said.by.shown}"
        self._prompts.correct(prompt.number, f"{prompt.text}\n{done}.", transaction, is_open=False)
        if self.url:
            value = _posted(match, watch, said, transaction)
            self._work.callback(self.url, value, f"watch-answer-{match.number}", transaction, KIND)
        return _reply(match, watch, said)

    def _undelivered(self, prompt: Prompt, post: Post, transaction: Transaction) -> None:
        """The owner's server has refused the message: an e-mail instead, if the address is known."""
        person = self._people.find(post.recipient) if post.channel == "chat" else None
        if person is None or not person.mail:
            log.warning("match %d: %s could not be told", prompt.number, post.recipient)
            return
        subject, _, rest = prompt.text.partition("\n")
        offered = ", ".join(f"{action.verb} {prompt.number}" for action in self._prompts.actions(prompt))
        text = f"{rest}\n\nAnswer by chat: {offered}\n"
        self._work.mail(person.mail, subject, text, f"watch-{prompt.number}", transaction)
        self._prompts.note_mail(prompt.number, person.mail, transaction)

    def _adjust(self, number: int, watch: Watch | None, said: Said, transaction: Transaction) -> Watch:
        if watch is None:
            raise StanzaError("item-not-found", "that watch was removed; make another: watch SAP < 12.50")
        if not said.rest:
            condition = watch.condition
            raise StanzaError(
                "bad-request",
                f"adjust {number} to what? Such as: adjust {number} < 12.00 (now: {condition.text()})",
            )
        return self._watches.change(watch, self._adjusted(watch, said.rest, transaction), transaction)


def _answered(prompt: Prompt) -> str:
    if not prompt.answers:
        return f"{prompt.number} is over"
    last = prompt.answers[-1]
    return f"{prompt.number} was answered: {last.verb} by {last.by} at {last.at:%Y-%m-%d %H:%M:%S} UTC"


def _reply(match: Told, watch: Watch | None, said: Said) -> str:
    if said.verb == "confirm":
        return f"Confirmed: {match.text}."
    if said.verb == "adjust" and watch is not None:
        return f"Watch {watch.number} is now: {watch.condition.text()}"
    return f"Cancelled: {match.text}. Watch {match.watch} is off."


def _posted(match: Told, watch: Watch | None, said: Said, transaction: Transaction) -> Mapping[str, Any]:
    """What is posted; prices are texts, so that nobody's floats change them."""
    return {
        "type": "watch.answered",
        "number": match.number,
        "answer": said.verb,
        "comment": "" if said.verb == "adjust" else said.rest,
        "by": said.by.address,
        "via": said.by.via,
        "at": transaction.now.isoformat(),
        "match": {
            "condition": match.condition,
            "price": shown(match.price),
            "time": time_of(match.moment).isoformat(),
            "reference": shown(match.reference) if match.reference else None,
        },
        "watch": {
            "number": match.watch,
            "owner": watch.owner if watch is not None else None,
            "symbol": watch.condition.symbol if watch is not None else match.condition.split(" ")[0],
            "condition": watch.condition.text() if watch is not None else None,
            "phase": watch.standing.phase.name.lower() if watch is not None else "removed",
        },
    }
