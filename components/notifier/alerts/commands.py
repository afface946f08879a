"""XEP-0050 commands about alerts, which the operator has, too (`stellwerk alerts …`, `stellwerk notify`)."""

from collections.abc import Callable, Sequence
from secrets import token_hex

from slixmpp import JID

from components.common.commands import Command, Form, Invocation, Permission, Stage
from components.common.errors import StanzaError
from components.common.forms import Field, Option
from components.common.outcome import Content, Outcome, Table, Value, done
from components.notifier.alerts import wording
from components.notifier.alerts.alert import Alert
from components.notifier.alerts.alerts import Alerts
from components.notifier.alerts.answers import ACTIONS, Answers
from components.notifier.alerts.event import SEVERITIES, Event, Severity
from components.notifier.prompts import Prompts
from components.notifier.text import Said, Speaker

MOST = 200  # rows
_COLUMNS = {
    "number": "Number",
    "severity": "Severity",
    "title": "What",
    "state": "State",
    "why": "By, or because",
    "since": "Since",
    "started": "Began",
}


class AlertCommands:
    """Built with what they work on."""

    def __init__(
        self, alerts: Alerts, answers: Answers, prompts: Prompts, may_use: Permission, concerned: Permission
    ) -> None:
        """`may_use` is for what looks itself who may; `concerned` for what is about all alerts."""
        self._alerts, self._answers, self._prompts = alerts, answers, prompts
        self._may_use, self._concerned = may_use, concerned

    def commands(self) -> tuple[Command, ...]:
        """All of them."""
        return (
            self._command("alerts-list", "Alerts", self._list),
            Command("alerts-answer", "Answer an alert", self._answer, self._may_use, (self._choice,)),
            self._command("alerts-show", "Show an alert", self._show, Form((_number(),))),
            self._command("alerts-history", "Alerts that are over", self._history, Form((_WORDS,))),
            self._command("alerts-silence", "Silence", self._silence, _SILENCE),
            self._command("alerts-silences", "Silences", self._silences),
            self._command("alerts-unsilence", "End a silence", self._unsilence, Form((_number(),))),
            self._command("alerts-notify", "Tell people something", self._notify, _NOTIFY),
        )

    def _command(self, node: str, name: str, run: Callable[[Invocation], Outcome], *stages: Stage) -> Command:
        return Command(node, name, run, self._concerned, stages)

    def _list(self, invocation: Invocation) -> Outcome:
        found = self._alerts.book.open()[-MOST:]
        return _table(found)

    def _history(self, invocation: Invocation) -> Outcome:
        words = invocation.answers.line("words").split()
        found = [alert for alert in self._alerts.book.search(words) if alert.is_over]
        return _table(found[:MOST])

    def _choice(self, invocation: Invocation) -> Form:
        """The alerts that somebody can answer, and with what."""
        now, by = invocation.transaction.now, speaker(invocation.by)
        found = [
            alert
            for alert in self._alerts.book.open()
            if self._prompts.may_answer(self._prompts.get(alert.number), by)
        ]
        options = [Option(str(alert.number), wording.listed(alert, now)) for alert in found[-MOST:]]
        if not options:
            raise StanzaError("item-not-found", "all is well: there are no alerts for you")
        actions = [Option(action.verb, action.label) for action in ACTIONS if action.verb != "show"]
        return Form(
            (
                Field("number", [options[-1].value], "list-single", "Alert", options, required=True),
                Field("answer", ["ack"], "list-single", "Answer", actions, required=True),
                Field("comment", label="How long (snooze, silence), or a comment"),
            )
        )

    def _answer(self, invocation: Invocation) -> Outcome:
        answers = invocation.answers
        said = Said(speaker(invocation.by), answers.line("answer"), answers.line("comment"))
        return done(self._prompts.answer(int(answers.line("number")), said, invocation.transaction))

    def _show(self, invocation: Invocation) -> Outcome:
        alert = self._alerts.book.get(_number_of(invocation))
        now, prompt = invocation.transaction.now, self._prompts.get(alert.number)
        text = wording.text(alert, self._alerts.rule(alert), now)
        posts = [
            f"{post.recipient} ({post.channel}): {post.state} {wording.clock(post.at, now)}"
            for post in prompt.posts.values()
        ]
        audit = [f"{wording.clock(a.at, now)} {a.by} ({a.via}): {a.verb} {a.rest}" for a in prompt.answers]
        return Outcome(
            values=(
                *(Value(var, label, str(_row(alert)[var])) for var, label in _COLUMNS.items()),
                Value("text", "Message", text.splitlines()),
                Value("rule", "Rule", alert.rule),
                Value("events", "Events", sum(one.events for one in alert.instances.values())),
                Value("told", "Told", posts),
                Value("answers", "Answers", [line.rstrip() for line in audit]),
            )
        )

    def _silence(self, invocation: Invocation) -> Outcome:
        answers = invocation.answers
        rest = f"{answers.line('length')} {answers.line('comment')}".strip()
        said = Said(speaker(invocation.by), "silence", rest)
        matching = [line for line in answers.lines("match") if line.strip()]
        return done(self._answers.silence_matching(matching, rest, said, invocation.transaction))

    def _silences(self, invocation: Invocation) -> Outcome:
        columns = {"number": "Number", "match": "What", "until": "Until", "by": "By", "comment": "Comment"}
        rows: list[dict[str, Content]] = [
            {
                "number": one.number,
                "match": one.what,
                "until": one.until.isoformat(timespec="seconds"),
                "by": one.by,
                "comment": one.comment,
            }
            for one in self._alerts.quiet.silences.all()
        ]
        return Outcome(table=Table("silences", columns, rows))

    def _unsilence(self, invocation: Invocation) -> Outcome:
        silence = self._alerts.quiet.unsilence(_number_of(invocation), invocation.transaction)
        return done(f"silence {silence.number} is over: {silence.what}")

    def _notify(self, invocation: Invocation) -> Outcome:
        answers = invocation.answers
        key = answers.line("key") or token_hex(8)
        title, _, description = answers.line("text").partition("\n")
        severity: Severity = next(one for one in SEVERITIES if one == answers.line("severity"))
        annotations = {"description": description} if description else {}
        labels = dict(_label(line) for line in answers.lines("labels") if line.strip())
        to = tuple(answers.lines("to"))
        try:
            event = Event(
                "notify", key, title, severity=severity, labels=labels, annotations=annotations, to=to
            )
        except ValueError as error:
            raise StanzaError("bad-request", str(error)) from None
        taken = self._alerts.take(event, invocation.transaction)
        return done(f"this is alert {taken.number}", Value("number", "Number", taken.number))


_WORDS = Field("words", label="Words that occur in them; none: the latest")
_SILENCE = Form(
    (
        Field("match", type="text-multi", label="label=value, one a line", required=True),
        Field("length", ["2h"], label="How long, such as 30m, 2h, 1d"),
        Field("comment", label="Comment"),
    )
)
_NOTIFY = Form(
    (
        Field("text", type="text-single", label="What happens", required=True),
        Field(
            "severity", ["error"], "list-single", "Severity", [Option(one, one.title()) for one in SEVERITIES]
        ),
        Field(
            "to", type="text-multi", label="Whom to tell: names, addresses, team:…; none: as the rules say"
        ),
        Field("labels", type="text-multi", label="Labels, for the rules: name=value, one a line"),
        Field("key", label="Key: the same for the same thing; none: it is something new"),
    )
)


def speaker(by: JID | None) -> Speaker:
    """Who runs a command."""
    return Speaker("operator", "operator") if by is None else Speaker(by.bare, "form")


def _label(line: str) -> tuple[str, str]:
    """Raises `bad-request` unless it is name=value."""
    name, equals, value = line.strip().partition("=")
    if not name or not equals:
        raise StanzaError("bad-request", f"expected a label as name=value, found {line!r}")
    return name, value


def _number() -> Field:
    return Field("number", label="Number", required=True)


def _number_of(invocation: Invocation) -> int:
    text = invocation.answers.line("number").removeprefix("#")
    if not text.isdecimal() or len(text) > 18:
        raise StanzaError("bad-request", f"expected a number, found {text!r}")
    return int(text)


def _row(alert: Alert) -> dict[str, Content]:
    return {
        "number": alert.number,
        "severity": alert.severity,
        "title": alert.title,
        "state": alert.state,
        "why": alert.why,
        "since": alert.since.isoformat(timespec="seconds"),
        "started": alert.started_at.isoformat(timespec="seconds"),
    }


def _table(alerts: Sequence[Alert]) -> Outcome:
    return Outcome(table=Table("alerts", _COLUMNS, [_row(alert) for alert in alerts]))
