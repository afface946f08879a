"""XEP-0050 §3.3 what is known of commands that are under way; in memory, bounded in number and time."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from secrets import token_urlsafe
from xml.etree.ElementTree import Element

from components.common.answers import Answers
from components.common.errors import StanzaError
from components.common.forms import Field
from components.common.stanza import Stanza
from components.common.transaction import Transaction

NAMESPACE = "http://jabber.org/protocol/commands"

LIFETIME = timedelta(minutes=15)  # since the last stage was offered
MOST = 1000  # at a time
MOST_OF_ONE = 10  # of one bare JID; one more ends the oldest
_BYTES = 16
_OURS = re.compile(r"[\w-]{22}", re.ASCII)  # what `token_urlsafe` makes of that many bytes


def refusal(detail: str, explanation: str, condition: str = "bad-request") -> StanzaError:
    """One of the specific conditions of §4.4, with its general one."""
    error = StanzaError(condition, explanation)
    error.detail = Element(f"{{{NAMESPACE}}}{detail}")
    return error


@dataclass(frozen=True, slots=True)
class Session:
    """A command that somebody has begun: the stages offered, and the answers to them."""

    id: str
    requester: str  # full JID
    to: str
    node: str
    until: datetime
    path: tuple[int, ...] = ()  # stages, the last of them waits for its answers
    given: Mapping[int, Answers] = field(default_factory=dict)  # by stage

    def answers(self, stages: Iterable[int]) -> Answers:
        """What was filled in to these."""
        found = Answers()
        for stage in stages:
            found = found.and_then(self.given.get(stage, Answers()))
        return found

    def answered(self, answers: Answers) -> "Session":
        """With the answers to the present stage."""
        return replace(self, given={**self.given, self.path[-1]: answers})

    def at(self, path: tuple[int, ...], now: datetime) -> "Session":
        """At another stage."""
        return replace(self, path=path, until=now + LIFETIME)

    def remembered(self, stage: int, fields: Sequence[Field]) -> Sequence[Field]:
        """The fields of a stage, with what was filled in before (§2.4.2, note 2)."""
        if stage not in self.given:
            return fields
        values = self.given[stage].values()
        return [replace(field, values=values.get(field.var, field.values)) for field in fields]


class Sessions:
    """All that are under way; the one that has waited longest stands first."""

    def __init__(self) -> None:
        self._sessions: dict[str, Session] = {}

    def __len__(self) -> int:
        return len(self._sessions)

    def new(self, stanza: Stanza, node: str, now: datetime) -> Session:
        """One that has begun with this request."""
        return Session(token_urlsafe(_BYTES), stanza.sender.full, stanza.to.full, node, now)

    def find(self, stanza: Stanza, element: Element, now: datetime) -> Session:
        """The one a request belongs to; it is valid between these two addresses only.

        Raises `not-allowed` (session-expired) for one that has ended, by whatever: it may have been
        another process'. Raises `bad-request` (bad-sessionid) for what never was one.
        """
        id = element.get("sessionid", "")
        session = self._sessions.get(id)
        if session is None and not _OURS.fullmatch(id):
            raise refusal("bad-sessionid", "this is no session's id")
        place = (stanza.sender.full, stanza.to.full, element.get("node", ""))
        if session is None or session.until <= now or (session.requester, session.to, session.node) != place:
            raise refusal("session-expired", "this has ended; execute the command again", "not-allowed")
        return session

    def put(self, session: Session, transaction: Transaction) -> None:
        """Keep a session, and no more than there may be."""
        transaction.put(self._sessions, session.id, session)
        bare = session.requester.partition("/")[0]
        mine = [other for other in self._sessions.values() if other.requester.partition("/")[0] == bare]
        waiting = list(self._sessions.values())
        old = [other for other in waiting if other.until <= transaction.now]
        for other in {o.id: o for o in (*old, *mine[:-MOST_OF_ONE], *waiting[:-MOST])}.values():
            transaction.remove(self._sessions, other.id)

    def end(self, session: Session, transaction: Transaction) -> None:
        """The command is done or cancelled; one without stages was never kept."""
        if session.id in self._sessions:
            transaction.remove(self._sessions, session.id)
