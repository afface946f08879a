"""What people say about watches: `watch SAP < 120`, `watch list`, `watch 3 off`."""

from components.common.errors import StanzaError
from components.common.transaction import Transaction
from components.notifier.text import Said, Verb
from components.notifier.watch.desk import Desk, described, phase_of
from components.notifier.watch.grammar import FORMS
from components.notifier.watch.moments import stamp

_MOST_LISTED = 50


class Speaking:
    """`watch`, and `adjust` for who leaves `watch` out."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def verbs(self) -> tuple[Verb, ...]:
        """For `Part.verbs`."""
        return (
            Verb(
                "watch",
                "watch CONDITION | list | show 3 | 3 off | 3 on | 3 remove | 3 adjust CONDITION",
                f"be told of quotes, such as: watch {FORMS[0]}",
                self._watch,
            ),
            # Numbers of matches are taken as answers before; a watch's is what people try next.
            Verb("adjust", "adjust WATCH CONDITION", "the same as: watch 3 adjust CONDITION", self._adjust),
        )

    def _watch(self, said: Said, transaction: Transaction) -> str:
        words = [word.lower() for word in said.words]
        if said.by.room:
            raise StanzaError("not-allowed", "watches are somebody's own: write to me directly")
        match words:
            case []:
                return self._usage(said)
            case ["list"]:
                return self._list(said)
            case ["show", number] if _is_number(number):
                return self._show(said, number)
            case [number, "show"] if _is_number(number):
                return self._show(said, number)
            case ["remove" | "delete" | "off" | "on" as what, number] if _is_number(number):
                return self._act(said, number, what, transaction)
            case [number, "remove" | "delete" | "off" | "on" as what] if _is_number(number):
                return self._act(said, number, what, transaction)
            case [number, "adjust", _, *_] if _is_number(number):
                watch = self._desk.find(_number(number), said.by.address)
                changed = self._desk.change(watch, said.rest.split(maxsplit=2)[2], transaction)
                return f"Watch {described(changed)}"
        watch = self._desk.add(said.by.address, said.rest, transaction)
        return f"Watch {described(watch)}; {self._desk.last_quote(watch)}"

    def _adjust(self, said: Said, transaction: Transaction) -> str:
        number, _, condition = said.rest.partition(" ")
        if not _is_number(number) or not condition.strip():
            raise StanzaError("bad-request", "say: adjust NUMBER CONDITION, such as: adjust 3 < 12.00")
        watch = self._desk.find(_number(number), said.by.address)
        return f"Watch {described(self._desk.change(watch, condition.strip(), transaction))}"

    def _usage(self, said: Said) -> str:
        lines = [f"watch {form}" for form in FORMS]
        others = "watch list; watch show 3; watch 3 off; watch 3 on; watch 3 adjust < 12; watch 3 remove"
        return "\n".join(["Say what to watch for:", *lines, f"And: {others}"])

    def _list(self, said: Said) -> str:
        watches = self._desk.watches.of(said.by.address)
        if not watches:
            return f"You watch nothing. Say, for example: watch {FORMS[0]}"
        lines = [described(watch) for watch in watches[-_MOST_LISTED:]]
        if len(watches) > _MOST_LISTED:
            lines.insert(0, f"The last {_MOST_LISTED} of {len(watches)}:")
        return "\n".join(lines)

    def _show(self, said: Said, number: str) -> str:
        desk = self._desk
        watch = desk.find(_number(number), said.by.address)
        lines = [
            f"Watch {watch.number}: {watch.condition.text()}",
            f"{phase_of(watch)} since {stamp(watch.changed)}; matches: {watch.standing.matches}",
            desk.last_quote(watch),
        ]
        for match in desk.telling.of(watch.number)[-5:]:
            lines.append(f"{match.number}: {match.text} ({stamp(match.moment)})")
        return "\n".join(lines)

    def _act(self, said: Said, number: str, what: str, transaction: Transaction) -> str:
        watch = self._desk.find(_number(number), said.by.address)
        if what in ("remove", "delete"):
            self._desk.remove(watch, transaction)
            return f"Watch {watch.number} is removed: {watch.condition.text()}"
        return f"Watch {described(self._desk.switch(watch, what == 'on', transaction))}"


def _is_number(word: str) -> bool:
    return word.removeprefix("#").isdecimal() and len(word) < 19


def _number(word: str) -> int:
    return int(word.removeprefix("#"))
