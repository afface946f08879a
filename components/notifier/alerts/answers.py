"""What people answer to alerts: acknowledge, take back, snooze, resolve, silence, look."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta

from components.common.errors import StanzaError
from components.common.transaction import Transaction
from components.notifier.alerts import wording
from components.notifier.alerts.alert import Alert
from components.notifier.alerts.alerts import KIND, Alerts
from components.notifier.alerts.matchers import Matcher, Matchers, read_all, words
from components.notifier.alerts.silences import Silence
from components.notifier.alerts.telling import Telling
from components.notifier.durations import duration, shown
from components.notifier.prompt import Action, Kind, Post, Prompt
from components.notifier.prompts import Prompts
from components.notifier.text import Said

SNOOZE = timedelta(hours=1)  # unless they say how long
SILENCE = timedelta(hours=2)
ACTIONS = (
    Action("ack", "Acknowledge", "you care for it; nobody else is told", "[comment]", emoji="👍"),
    Action("snooze", "Snooze 1 h", "be told again later", "[2h]", emoji="💤"),
    Action("resolve", "Resolve", "it is over", "[comment]", button=False, emoji="✅"),
    Action("unack", "Take back", "you do not care for it any more; others are told", "", button=False),
    Action(
        "silence", "Silence", "tell nobody of it, nor of the same again, for a time", "[2h] [comment]", False
    ),
    Action("show", "Show", "what is known of it, and who has answered", "", button=False, is_answer=False),
)


class Answers:
    """Does what people answer."""

    def __init__(self, alerts: Alerts, prompts: Prompts, telling: Telling) -> None:
        self._alerts, self._prompts, self._telling = alerts, prompts, telling
        self._verbs: Mapping[str, Callable[[Alert, Said, Transaction], str]] = {
            "ack": self._acknowledge,
            "unack": self._take_back,
            "snooze": self._snooze,
            "resolve": self._resolve,
            "silence": self._silence,
            "show": self._show,
        }

    def kind(self) -> Kind:
        """The declaration for `prompts`."""
        may_answer, undelivered = self._telling.may_answer, self._undelivered
        return Kind(KIND, ACTIONS, self._answer, may_answer=may_answer, undelivered=undelivered)

    def silence(self, text: str, said: Said, transaction: Transaction) -> str:
        """`silence MATCHER… [DURATION] [comment]`. Raises `bad-request`."""
        given = words(text)
        matching = [word for word in given if "=" in word]
        if not matching:
            raise StanzaError(
                "bad-request", "silence what? Say a number, or labels, as in: silence host=web1 2h moving it"
            )
        rest = " ".join(word for word in given if "=" not in word)
        return self.silence_matching(matching, rest, said, transaction)

    def silence_matching(self, texts: Sequence[str], rest: str, said: Said, transaction: Transaction) -> str:
        """A silence for what these matchers say; `rest` is `[DURATION] [comment]`. Raises `bad-request`."""
        try:
            matchers = read_all(texts)
        except ValueError as error:
            raise StanzaError("bad-request", str(error)) from None
        return self._begin_silence(matchers, rest, said, transaction)

    def _answer(self, prompt: Prompt, said: Said, transaction: Transaction) -> str:
        alert = self._alerts.book.get(prompt.number)
        if alert.is_over and said.verb != "show":
            by = f" by {alert.why}" if alert.why else ""
            when = wording.clock(alert.since, transaction.now)
            raise StanzaError("conflict", f"{alert.number} is over: resolved{by} at {when}")
        return self._verbs[said.verb](alert, said, transaction)

    def _acknowledge(self, alert: Alert, said: Said, transaction: Transaction) -> str:
        if alert.state == "acknowledged":
            when = wording.clock(alert.since, transaction.now)
            raise StanzaError("conflict", f"{alert.number} was acknowledged by {alert.why} at {when}")
        self._alerts.enter(alert, "acknowledged", said.by.shown, transaction)
        return f"{alert.number} is yours: {alert.title}"

    def _take_back(self, alert: Alert, said: Said, transaction: Transaction) -> str:
        if alert.state not in ("acknowledged", "snoozed"):
            raise StanzaError("conflict", f"nobody has acknowledged {alert.number}")
        self._alerts.tell_again(alert, transaction)
        return f"{alert.number} is open again: {alert.title}"

    def _snooze(self, alert: Alert, said: Said, transaction: Transaction) -> str:
        length = duration(said.rest) if said.rest else SNOOZE
        if length is None:
            raise StanzaError("bad-request", f"how long? As in: snooze {alert.number} 2h, not {said.rest!r}")
        until = transaction.now + length
        self._alerts.enter(alert, "snoozed", said.by.shown, transaction, due=until)
        return f"{alert.number} is quiet until {wording.clock(until, transaction.now)}: {alert.title}"

    def _resolve(self, alert: Alert, said: Said, transaction: Transaction) -> str:
        self._alerts.end(alert, said.by.address, said.by.shown, transaction)
        return f"{alert.number} is over: {alert.title}"

    def _silence(self, alert: Alert, said: Said, transaction: Transaction) -> str:
        """The same again: the labels that all its instances share; without any, its source and keys."""
        common = [Matcher(name, (value,), True) for name, value in alert.common.items() if _is_plain(value)]
        keys = tuple(dict.fromkeys(instance.key for instance in alert.instances.values()))
        matchers = tuple(common) or (Matcher("key", keys, True),)
        return self._begin_silence(matchers, said.rest, said, transaction)

    def _begin_silence(self, matchers: Matchers, rest: str, said: Said, transaction: Transaction) -> str:
        length, comment = SILENCE, rest
        first, _, others = rest.partition(" ")
        given = duration(first)
        if given is not None:
            length, comment = given, others
        number = self._prompts.number(transaction)
        until = transaction.now + length
        silence = Silence(number, matchers, said.by.shown, comment.strip(), until)
        quiet = self._alerts.quiet.silence(silence, transaction)
        when = wording.clock(until, transaction.now)
        count = "1 alert is" if quiet == 1 else f"{quiet} alerts are"
        return (
            f"silence {number} until {when} for {silence.what}; {count} quiet now. End it: unsilence {number}"
        )

    def _show(self, alert: Alert, said: Said, transaction: Transaction) -> str:
        now = transaction.now
        lines = [wording.text(alert, self._alerts.rule(alert), now), f"lasts {_age(alert, transaction)}"]
        prompt = self._prompts.get(alert.number)
        for post in prompt.posts.values():
            lines.append(
                f"told {post.recipient} ({post.channel}): {post.state} {wording.clock(post.at, now)}"
            )
        for answer in prompt.answers:
            said_so = f"{answer.verb} {answer.rest}".strip()
            lines.append(f"{wording.clock(answer.at, now)} {answer.by} ({answer.via}): {said_so}")
        return "\n".join(lines)

    def _undelivered(self, prompt: Prompt, post: Post, transaction: Transaction) -> None:
        alert = self._alerts.book.get(prompt.number)
        if not alert.is_over and not self._telling.undelivered(alert, post, transaction):
            self._alerts.hasten(alert.number, transaction)


def _age(alert: Alert, transaction: Transaction) -> str:
    return shown((alert.since if alert.is_over else transaction.now) - alert.started_at)


def _is_plain(value: str) -> bool:
    """Whether a matcher for this value means this value alone."""
    return "*" not in value and "|" not in value
