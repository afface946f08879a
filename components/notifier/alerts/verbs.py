"""What people can ask about alerts in general: the list, history, silences."""

from collections.abc import Callable

from components.common.errors import StanzaError
from components.common.transaction import Transaction
from components.notifier.alerts import wording
from components.notifier.alerts.alerts import Alerts
from components.notifier.alerts.answers import Answers
from components.notifier.text import Said, Verb

MOST = 20  # lines


class AlertVerbs:
    """Answers those whose business alerts are."""

    def __init__(self, alerts: Alerts, answers: Answers) -> None:
        self._alerts, self._answers = alerts, answers

    def verbs(self) -> tuple[Verb, ...]:
        """All of them."""
        return (
            self._verb("list", "alerts that are not over", self._list),
            self._verb("history [words]", "the latest that are over, with these words", self._history),
            self._verb("silence label=value… [2h] [comment]", "tell nobody of what matches", self._silence),
            self._verb("silences", "what is silenced now", self._silences),
            self._verb("unsilence NUMBER", "end a silence", self._unsilence),
        )

    def _verb(self, usage: str, summary: str, run: Callable[[Said, Transaction], str]) -> Verb:
        def checked(said: Said, transaction: Transaction) -> str:
            if not self._alerts.concern(said.by):
                raise StanzaError(
                    "forbidden", "alerts are for those who are told of them: ask an administrator"
                )
            return run(said, transaction)

        return Verb(usage.split()[0], usage, summary, checked)

    def _list(self, said: Said, transaction: Transaction) -> str:
        found = [alert for alert in self._alerts.book.open() if alert.state != "waiting"]
        lines = [wording.listed(alert, transaction.now) for alert in found[-MOST:]]
        if len(found) > MOST:
            lines.insert(0, f"the latest {MOST} of {len(found)}:")
        return "\n".join(lines) or "all is well: there are no alerts"

    def _history(self, said: Said, transaction: Transaction) -> str:
        found = [alert for alert in self._alerts.book.search(said.words) if alert.is_over][:MOST]
        if not found:
            return f"nothing in history{f' with {said.rest!r}' if said.rest else ''}"
        return "\n".join(wording.listed(alert, transaction.now) for alert in found)

    def _silence(self, said: Said, transaction: Transaction) -> str:
        return self._answers.silence(said.rest, said, transaction)

    def _silences(self, said: Said, transaction: Transaction) -> str:
        now, quiet = transaction.now, self._alerts.quiet
        lines = [
            f"{one.number} until {wording.clock(one.until, now)} by {one.by}: {one.what} {one.comment}"
            for one in quiet.silences.all()
        ]
        for name, end in quiet.maintenance.open(now).items():
            lines.append(f"maintenance {name} until {wording.clock(end, now)}")
        return "\n".join(lines) or "nothing is silenced"

    def _unsilence(self, said: Said, transaction: Transaction) -> str:
        number = said.rest.removeprefix("#").strip()
        if not number.isdecimal() or len(number) > 18:
            raise StanzaError("bad-request", "unsilence what? Say the number of a silence; say: silences")
        silence = self._alerts.quiet.unsilence(int(number), transaction)
        return f"silence {silence.number} is over: {silence.what}"
