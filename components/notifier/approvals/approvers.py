"""Who may decide: never the requester, nobody beyond their limit; who stands in for whom."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from components.common.errors import StanzaError
from components.notifier.approvals.approval import Approval
from components.notifier.approvals.config import ApprovalsSettings, ApproverSettings
from components.notifier.approvals.request import ApprovalRequest
from components.notifier.people.presence import Availability
from components.notifier.recipients import People, Person

_NO_LIMIT = ApproverSettings()


class Presence(Protocol):
    """Who shows what (`people.presence.Presences`)."""

    def of(self, bare: str) -> Availability:
        """What somebody shows."""

    def offline_since(self, bare: str) -> datetime | None:
        """Since when nobody is there; None if somebody is, or nothing is known."""


class Members(Protocol):
    """Who is meant by a target at a time (`people.choosing.Choosing`)."""

    def meant(self, targets: Sequence[str], now: datetime) -> Iterable[Person]:
        """Members of teams, who is on duty, persons; nobody twice."""


class Approvers:
    """Persons as approvers."""

    def __init__(
        self, settings: ApprovalsSettings, people: People, members: Members, presence: Presence
    ) -> None:
        self.settings = settings
        self._people, self._members, self._presence = people, members, presence

    def of(self, request: ApprovalRequest, now: datetime) -> list[Person]:
        """Who has a vote, in the order of the policy.

        Raises `bad-request` with everything that stands in the way of a decision.
        """
        policy, requester = request.policy, self._requester(request)
        objections = [self._people.objection(target) for target in policy.approvers]
        objections += [
            f"{t!r}: expected persons" for t in policy.approvers if t.startswith(("room:", "policy:"))
        ]
        if any(objections):
            raise StanzaError("bad-request", "; ".join(filter(None, objections)))
        meant = list(self._members.meant(policy.approvers, now))
        able = [person for person in meant if person.jid != requester and self._allows(person, request)]
        needed = {"one": 1, "count": policy.count}.get(policy.rule, len(meant))
        if len(able) < max(1, needed):
            why = [self._why_not(person, requester, request) for person in meant if person not in able]
            raise StanzaError(
                "bad-request",
                f"policy: {max(1, needed)} approvals needed, {len(able)} of {len(meant)} approvers may decide"
                + (f": {'; '.join(why)}" if why else ""),
            )
        return able

    def require(self, jid: str, request: ApprovalRequest) -> None:
        """Raises `forbidden` if this one may not decide it (any more)."""
        person = self._people.find(jid)
        if person is None or jid == self._requester(request) or not self._allows(person, request):
            raise StanzaError("forbidden", "this is beyond what you may approve")

    def delegate(self, who: str, approval: Approval) -> Person:
        """Raises `StanzaError` unless they may decide it, and have no part in it yet."""
        person = self._people.find(who)
        if person is None:
            raise StanzaError(
                "item-not-found", self._people.objection(who) or f"{who!r} is nobody known here"
            )
        if person.jid == self._requester(approval.request):
            raise StanzaError("not-allowed", f"{person.name} has asked for it, and cannot decide it")
        if not self._allows(person, approval.request):
            raise StanzaError("not-allowed", f"{person.name} may not approve that much")
        if any(person.jid in (vote.approver, *vote.asked) for vote in approval.votes):
            raise StanzaError("not-allowed", f"{person.name} has a vote in it already")
        return person

    def substitute(
        self, jid: str, approval: Approval, now: datetime, settings: ApprovalsSettings, unanswered: bool
    ) -> Person | None:
        """Who is asked, too, because this approver is absent or has not answered; None: nobody."""
        person = self._people.find(jid)
        rules = self._rules(person) if person is not None else _NO_LIMIT
        if not rules.substitute:
            return None
        since = self._presence.offline_since(jid)
        absent = since is not None and now - since >= timedelta(hours=settings.absent_hours)
        if not (absent or unanswered):
            return None
        try:
            return self.delegate(rules.substitute, approval)
        except StanzaError:
            return None

    def name(self, jid: str) -> str:
        """For people."""
        person = self._people.find(jid)
        return person.name if person is not None else jid

    def currency(self, request: ApprovalRequest) -> str:
        """Of the amount."""
        return request.currency or self.settings.currency

    def _requester(self, request: ApprovalRequest) -> str:
        person = self._people.find(request.requester)
        return person.jid if person is not None else request.requester

    def _allows(self, person: Person, request: ApprovalRequest) -> bool:
        return self._rules(person).allows(request.amount, self.currency(request), self.settings.currency)

    def _why_not(self, person: Person, requester: str, request: ApprovalRequest) -> str:
        if person.jid == requester:
            return f"{person.name} is the requester"
        return f"{person.name} may approve up to {self._rules(person).limit} {self.settings.currency}"

    def _rules(self, person: Person) -> ApproverSettings:
        return self.settings.approvers.get(person.name, _NO_LIMIT)
