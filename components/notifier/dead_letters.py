"""Callbacks and e-mails that were given up: administrators look at them, retry them or forget them."""

from components.common.commands import Command, Form, Invocation, Permission
from components.common.errors import StanzaError
from components.common.figures import Figure
from components.common.forms import Field
from components.common.outcome import Content, Outcome, Table, done
from components.notifier.feature import Part
from components.notifier.work import Work

_COLUMNS = {
    "number": "Number",
    "kind": "Kind",
    "target": "To",
    "attempts": "Attempts",
    "error": "Last error",
    "created": "Since",
}
_NUMBER = Form((Field("number", label="Number; all: every one", required=True),))


def part(work: Work, is_administrator: Permission) -> Part:
    """The declaration."""

    def list_(invocation: Invocation) -> Outcome:
        rows: list[dict[str, Content]] = [
            {
                "number": job.number,
                "kind": job.kind,
                "target": job.target,
                "attempts": job.attempts,
                "error": job.error,
                "created": job.created.isoformat(timespec="seconds"),
            }
            for job in work.dead()
        ]
        return Outcome(table=Table("dead_letters", _COLUMNS, rows))

    def retry(invocation: Invocation) -> Outcome:
        numbers = _numbers(invocation, work)
        for number in numbers:
            work.retry(number, invocation.transaction)
        return done(f"{len(numbers)} will be sent again")

    def drop(invocation: Invocation) -> Outcome:
        numbers = _numbers(invocation, work)
        for number in numbers:
            work.drop(number, invocation.transaction)
        return done(f"{len(numbers)} forgotten")

    return Part(
        "work",
        commands=(
            Command("dead-letters", "Callbacks and e-mails given up", list_, is_administrator),
            Command("dead-letters-retry", "Send dead letters again", retry, is_administrator, (_NUMBER,)),
            Command("dead-letters-drop", "Forget dead letters", drop, is_administrator, (_NUMBER,)),
        ),
        figures=(
            Figure("work_waiting", "callbacks and e-mails to be sent", work.waiting),
            Figure("dead_letters", "callbacks and e-mails given up", lambda: len(work.dead())),
        ),
    )


def _numbers(invocation: Invocation, work: Work) -> list[int]:
    text = invocation.answers.line("number")
    if text == "all":
        return [job.number for job in work.dead()]
    if not text.isdecimal() or len(text) > 18:
        raise StanzaError("bad-request", f"expected a number or all, found {text!r}")
    return [int(text)]
