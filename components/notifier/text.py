"""What people say to the notifier: `VERB [NUMBER] rest`, by chat or in a team's room.

`VERB NUMBER …` goes to whatever has that number, if it takes that verb (`prompts.Kind`); anything else to
the part that has declared the verb (`Part.verbs`).
"""

import difflib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import dropwhile
from typing import Literal, Protocol

from components.common.errors import StanzaError
from components.common.transaction import Transaction

Via = Literal["chat", "reaction", "room", "form", "operator", "http"]


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who says or does something, and by which way."""

    address: str  # bare JID; room/nickname of an occupant whose JID is not shown; "operator"
    via: Via
    room: str = ""  # JID of the room in which it was said

    @property
    def shown(self) -> str:
        """A short name for people: `ann`, or `Ann in ops`."""
        bare, _, nick = self.address.partition("/")
        local = bare.partition("@")[0]
        return f"{nick} in {local}" if nick else local


@dataclass(frozen=True, slots=True)
class Said:
    """A verb with what followed it."""

    by: Speaker
    verb: str
    rest: str

    @property
    def words(self) -> Sequence[str]:
        """`rest`, word by word."""
        return self.rest.split()


@dataclass(frozen=True, slots=True)
class Verb:
    """Something people can say. `run` gives the reply; it raises `StanzaError` with an explanation that
    helps, and then nothing has changed.
    """

    name: str  # lower case
    usage: str  # "silence MATCHER… [DURATION] [comment]"
    summary: str  # one line for `help`
    run: Callable[[Said, Transaction], str]


class Answerable(Protocol):
    """What `Language` asks of the prompts."""

    def takes(self, number: int, verb: str) -> bool:
        """Whether something has that number and can be answered by this verb, now or before."""

    def answer(self, number: int, said: Said, transaction: Transaction) -> str:
        """The reply. Raises `StanzaError`."""

    def usages(self) -> Iterable[tuple[str, str]]:
        """The verbs that answer something: usage, summary."""


class Language:
    """All verbs."""

    def __init__(self, verbs: Sequence[Verb], prompts: Answerable) -> None:
        self._prompts = prompts
        self._verbs = {
            verb.name: verb for verb in (Verb("help", "help", "what can be said", self._help), *verbs)
        }

    def hear(self, body: str, by: Speaker, transaction: Transaction, about: int = 0) -> str:
        """The reply to what somebody has said; empty for what was not meant for us, in a room.

        `about` is the number of the message it replies to, which then need not be said. What is quoted
        before (XEP-0393 §6) is not theirs. Raises `StanzaError` with an explanation for people; then nothing
        has changed.
        """
        own = dropwhile(lambda line: line.startswith(">") or not line.strip(), body.splitlines())
        first, rest = _parted("\n".join(own))
        verb = first.lower().removeprefix("!").removeprefix("/")
        said = Said(by, verb, rest)
        number, more = _parted(rest)
        if number.removeprefix("#").isdecimal() and len(number) < 19:
            target = int(number.removeprefix("#"))
            if self._prompts.takes(target, verb):
                return self._prompts.answer(target, Said(by, verb, more), transaction)
        elif about and self._prompts.takes(about, verb):
            return self._prompts.answer(about, said, transaction)
        if verb in self._verbs:
            return self._verbs[verb].run(said, transaction)
        if by.room:
            return ""
        raise self._not_understood(verb, number)

    def _not_understood(self, verb: str, number: str) -> StanzaError:
        answers = {usage.split()[0] for usage, _ in self._prompts.usages()}
        if verb in answers:
            if not number:
                return StanzaError("bad-request", f"{verb} what? Say its number, as in: {verb} 17")
            return StanzaError("item-not-found", f"there is nothing to {verb} with the number {number}")
        close = difflib.get_close_matches(verb, {*self._verbs, *answers}, 1)
        hint = f"did you mean {close[0]}?" if close else ""
        return StanzaError("bad-request", f"I do not know {verb!r}; {hint or 'say: help'}")

    def _help(self, said: Said, transaction: Transaction) -> str:
        own = [(verb.usage, verb.summary) for verb in self._verbs.values()]
        lines = [f"{usage} – {summary}" for usage, summary in [*self._prompts.usages(), *own]]
        return "\n".join(["You can say:", *lines])


def _parted(written: str) -> tuple[str, str]:
    """The first word, and what follows it, in the same line or the next."""
    words = written.split(None, 1)
    return (words[0] if words else "", words[1].strip() if len(words) > 1 else "")
