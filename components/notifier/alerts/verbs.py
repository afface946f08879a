"""What people can ask about alerts in general: the list, history, silences."""

from components.common.errors import StanzaError
from components.common.transaction import Transaction
from components.notifier.alerts import wording
from components.notifier.alerts.alerts import Alerts
from components.notifier.alerts.answers import Answers
from components.notifier.text import Said, Verb

MOST = 20  # lines


def verbs(alerts: Alerts, answers: Answers) -> tuple[Verb, ...]:
    """All of them."""

    def list_(said: Said, transaction: Transaction) -> str:
        now = transaction.now
        found = [alert for alert in alerts.book.open() if alert.state != "waiting"]
        lines = [wording.listed(alert, now) for alert in found[-MOST:]]
        if len(found) > MOST:
            lines.insert(0, f"the latest {MOST} of {len(found)}:")
        return "\n".join(lines) or "all is well: there are no alerts"

    def history(said: Said, transaction: Transaction) -> str:
        found = [alert for alert in alerts.book.search(said.words) if alert.is_over][:MOST]
        if not found:
            return f"nothing in history{f' with {said.rest!r}' if said.rest else ''}"
        return "\n".join(wording.listed(alert, transaction.now) for alert in found)

    def silence(said: Said, transaction: Transaction) -> str:
        return answers.silence(said.rest, said, transaction)

    def silences(said: Said, transaction: Transaction) -> str:
        now = transaction.now
        lines = [
            f"{one.number} until {wording.clock(one.until, now)} by {one.by}: {one.what} {one.comment}"
            for one in alerts.silences.all()
        ]
        lines += [
            f"maintenance {name} until {wording.clock(end, now)}"
            for name, end in alerts.maintenance.open(now).items()
        ]
        return "\n".join(lines) or "nothing is silenced"

    def unsilence(said: Said, transaction: Transaction) -> str:
        number = said.rest.removeprefix("#").strip()
        if not number.isdecimal() or len(number) > 18:
            raise StanzaError("bad-request", "unsilence what? Say the number of a silence; say: silences")
        silence = alerts.unsilence(int(number), transaction)
        return f"silence {silence.number} is over: {silence.what}"

    return (
        Verb("list", "list", "alerts that are not over", list_),
        Verb("history", "history [words]", "the latest alerts that are over, with these words", history),
        Verb("silence", "silence label=value… [2h] [comment]", "tell nobody of what matches", silence),
        Verb("silences", "silences", "what is silenced now", silences),
        Verb("unsilence", "unsilence NUMBER", "end a silence", unsilence),
    )
