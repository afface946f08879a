"""XEP-0050 Ad-Hoc Commands for watches, which the operator has on the control socket, too."""

from collections.abc import Callable, Mapping

from slixmpp import JID

from components.common.answers import Answers
from components.common.commands import Command, Form, Invocation
from components.common.errors import StanzaError
from components.common.forms import Field, Option
from components.common.outcome import Content, Note, Outcome, Table, Value, done
from components.notifier.watch.desk import Desk, described, phase_of
from components.notifier.watch.intake import QuoteGiven
from components.notifier.watch.moments import stamp, time_of
from components.notifier.watch.watches import Watch

# Values are single words, so that they can be typed in a terminal client.
_KINDS = (
    Option("below", "is below"),
    Option("above", "is above"),
    Option("crosses-below", "crosses below"),
    Option("crosses-above", "crosses above"),
    Option("rises", "rises by percent within"),
    Option("falls", "falls by percent within"),
    Option("below-average", "is below its average over"),
    Option("above-average", "is above its average over"),
)
_REPEATS = (Option("once", "once"), Option("every-time", "every time"))

ADD = Form(
    (
        Field("symbol", label="Symbol or number of the security", required=True),
        Field("currency", label="Currency, if quotes come in several (EUR)"),
        Field("kind", ["below"], "list-single", "Tell me when its price", _KINDS, required=True),
        Field("value", label="Limit, such as 12.50; or percent"),
        Field("span", label="For percent and averages: a time (1h, 2d) or a number of quotes (20)"),
        Field("repeat", ["once"], "list-single", "How often", _REPEATS),
        Field("pause", label="At most one message in (1h, 2d)"),
        Field("back", label="Counts again after moving back by (0.20)"),
        Field("hours", label="Only in these hours (mon-fri 09:00-17:30 Europe/Berlin)"),
        Field("until", label="Until (2027-12-31)"),
    ),
    "New watch",
)
ADD_BY_OPERATOR = Form(
    (
        Field("owner", type="jid-single", label="Who is told", required=True),
        Field("condition", label="What to watch for, such as: 500000 < 12.50 once", required=True),
    )
)
_MOST_WATCHES = 1000  # that are listed
_MOST_MATCHES = 20  # that are shown
_NUMBER = Field("number", label="Number of the watch", required=True)


class WatchCommands:
    """All of them."""

    def __init__(self, desk: Desk, may_use: Callable[[str], bool], administrators: frozenset[str]) -> None:
        self._desk, self._administrators = desk, administrators
        self._may_use = may_use

    def commands(self) -> tuple[Command, ...]:
        """For `Part.commands`."""
        condition = Field("condition", label="New condition, such as: < 12.00", required=True)
        on = Field("on", ["1"], "boolean", "Watch")
        everyone = Field("owner", type="jid-single", label="Whose; empty: your own")
        return (
            Command("watch-add", "Watch a stock", self._add, self._allowed, (_add_form,)),
            Command("watch-list", "My watches", self._list, self._allowed, (Form((everyone,)),)),
            Command("watch-show", "Show a watch", self._show, self._allowed, (Form((_NUMBER,)),)),
            Command(
                "watch-adjust", "Change a watch", self._adjust, self._allowed, (Form((_NUMBER, condition)),)
            ),
            Command(
                "watch-switch",
                "Switch a watch off or on",
                self._switch,
                self._allowed,
                (Form((_NUMBER, on)),),
            ),
            Command("watch-remove", "Remove a watch", self._remove, self._allowed, (Form((_NUMBER,)),)),
            Command("watch-quote", "Enter a quote", self._quote, self._administers, (_QUOTE,)),
        )

    def _allowed(self, requester: JID, to: JID) -> bool:
        return self._may_use(requester.bare)

    def _administers(self, requester: JID, to: JID) -> bool:
        return requester.bare in self._administrators

    def _add(self, invocation: Invocation) -> Outcome:
        answers = invocation.answers
        owner = JID(answers.line("owner")).bare if invocation.by is None else invocation.by.bare
        if not self._may_use(owner):
            raise StanzaError("not-acceptable", f"{owner} is nobody this service knows")
        text = answers.line("condition") if invocation.by is None else composed(answers)
        watch = self._desk.add(owner, text, invocation.transaction)
        return done(
            f"Watch {described(watch)}; {self._desk.last_quote(watch)}",
            Value("number", "Number", watch.number),
        )

    def _list(self, invocation: Invocation) -> Outcome:
        owner = self._owner(invocation)
        watches = self._desk.watches.of(owner) if owner else list(self._desk.watches.all())
        notes: tuple[Note, ...] = ()
        if len(watches) > _MOST_WATCHES:
            notes = (Note(f"These are the last {_MOST_WATCHES} of {len(watches)}."),)
        columns = {"number": "Number", "owner": "Owner", "condition": "Condition", "phase": "State"}
        rows = [_row(watch) for watch in watches[-_MOST_WATCHES:]]
        return Outcome(notes, table=Table("watches", columns, rows))

    def _show(self, invocation: Invocation) -> Outcome:
        watch = self._watch(invocation)
        matches = self._desk.telling.of(watch.number)
        values = [Value(var, var, content) for var, content in _row(watch).items()]
        values += [
            Value("changed", "Since", time_of(watch.changed).isoformat()),
            Value("matches", "Matches", watch.standing.matches),
            Value("quote", "Last quote", self._desk.last_quote(watch)),
        ]
        rows: list[Mapping[str, Content]] = [
            {"number": match.number, "text": match.text, "time": stamp(match.moment)}
            for match in matches[-_MOST_MATCHES:]
        ]
        columns = {"number": "Match", "text": "What", "time": "Quote of"}
        return Outcome(values=values, table=Table("last_matches", columns, rows))

    def _adjust(self, invocation: Invocation) -> Outcome:
        watch = self._watch(invocation)
        changed = self._desk.change(watch, invocation.answers.line("condition"), invocation.transaction)
        return done(f"Watch {described(changed)}")

    def _switch(self, invocation: Invocation) -> Outcome:
        on = invocation.answers.truth("on")
        watch = self._desk.switch(self._watch(invocation), on, invocation.transaction)
        return done(f"Watch {described(watch)}")

    def _remove(self, invocation: Invocation) -> Outcome:
        watch = self._watch(invocation)
        self._desk.remove(watch, invocation.transaction)
        return done(f"Watch {watch.number} is removed: {watch.condition.text()}")

    def _quote(self, invocation: Invocation) -> Outcome:
        answers = invocation.answers
        given = QuoteGiven(answers.line("symbol"), answers.line("price"), currency=answers.line("currency"))
        taken = self._desk.quote([given], invocation.transaction)
        if taken.refused:
            raise StanzaError("not-acceptable", taken.refused[0].why)
        matches = len(taken.outcome.matches)
        return done(f"Taken; matches: {matches}", Value("matches", "Matches", matches))

    def _watch(self, invocation: Invocation) -> Watch:
        """The one whose number was given, if it is theirs. Raises `item-not-found`, `not-acceptable`."""
        word = invocation.answers.line("number").removeprefix("#")
        if not word.isdecimal() or len(word) > 18:
            raise StanzaError("not-acceptable", f"{word!r} is no number of a watch, such as 17")
        return self._desk.find(int(word), "" if invocation.by is None else invocation.by.bare)

    def _owner(self, invocation: Invocation) -> str:
        """Whose watches are meant; empty for everybody's, which the operator sees. Raises `forbidden`."""
        named = JID(invocation.answers.line("owner") or None).bare
        if invocation.by is None:
            return named
        if named and named != invocation.by.bare and invocation.by.bare not in self._administrators:
            raise StanzaError("forbidden", "only administrators see others' watches")
        return named or invocation.by.bare


_QUOTE = Form(
    (
        Field("symbol", label="Symbol or number of the security", required=True),
        Field("price", label="Price", required=True),
        Field("currency", label="Currency"),
    ),
    instructions="A quote of now, as if it had come from a feed: matches are told.",
)


def _add_form(invocation: Invocation) -> Form:
    return ADD_BY_OPERATOR if invocation.by is None else ADD


def composed(answers: Answers) -> str:
    """The filled-in form in the words of `grammar`."""
    pause = answers.line("pause")
    words = [
        answers.line("symbol"),
        answers.line("currency"),
        _measured(answers.line("kind"), answers.line("value"), answers.line("span")),
        f"every {pause}" if pause else answers.line("repeat").replace("-", " "),
    ]
    words += [
        f"{option} {answers.line(option)}" for option in ("back", "hours", "until") if answers.line(option)
    ]
    return " ".join(word for word in words if word)


def _measured(kind: str, value: str, span: str) -> str:
    match kind:
        case "rises" | "falls":
            return f"{'+' if kind == 'rises' else '-'}{value.strip('+-%')}% in {span}"
        case "below-average" | "above-average":
            return f"{kind.removesuffix('-average')} avg {span}"
    return f"{kind.replace('-', ' ')} {value}"


def _row(watch: Watch) -> Mapping[str, Content]:
    return {
        "number": watch.number,
        "owner": watch.owner,
        "condition": watch.condition.text(),
        "phase": phase_of(watch),
    }
