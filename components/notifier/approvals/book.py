"""All approvals: asking, answering, deciding. Each change is one step of the audit trail."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from components.common.errors import StanzaError
from components.common.transaction import Transaction
from components.notifier.approvals import storage
from components.notifier.approvals.approval import Approval, State, fingerprint
from components.notifier.approvals.approvers import Approvers
from components.notifier.approvals.audit import Entry, Signer
from components.notifier.approvals.config import ApprovalsSettings
from components.notifier.approvals.policy import Vote, decide, open_votes, vote_of
from components.notifier.approvals.request import ApprovalRequest
from components.notifier.approvals.wording import progress, text_of
from components.notifier.clock import Agenda
from components.notifier.prompt import Prompt
from components.notifier.prompts import Prompts
from components.notifier.text import Said
from components.notifier.work import Work

KIND = "approval"
LONGEST_COMMENT = 2000


class Book:
    """The state of the part: memory beside rows."""

    def __init__(
        self,
        settings: ApprovalsSettings,
        approvers: Approvers,
        prompts: Prompts,
        work: Work,
        agenda: Agenda,
        signer: Signer,
        stored: storage.Stored,
    ) -> None:
        self.settings = settings
        self.approvers, self._prompts, self._work, self._agenda = approvers, prompts, work, agenda
        self._signer = signer
        self.approvals = {row.number: Approval.restored(row) for row in stored.approvals}
        self._by_key = {(one.token, one.key): one.number for one in self.approvals.values() if one.key}
        self._last_entry = storage.entry_of(stored.last_entry) if stored.last_entry is not None else None

    def configure(self, settings: ApprovalsSettings, transaction: Transaction) -> None:
        """Take over the settings; put on the agenda what is due."""
        transaction.assign(self, "settings", settings)
        for approval in self.approvals.values():
            if approval.state == "pending":
                self._put_on_agenda(approval, transaction)

    def pending(self) -> int:
        """How many are open."""
        return sum(approval.state == "pending" for approval in self.approvals.values())

    def public_key(self) -> str:
        """Checks the audit trail (PEM)."""
        return self._signer.public_key()

    # -- for programs --------------------------------------------------------------------------------

    def create(
        self, request: ApprovalRequest, token: str, key: str, transaction: Transaction
    ) -> tuple[Approval, bool]:
        """Ask for a decision; whether it is new, or was asked for before with the same idempotency key.

        Raises `StanzaError`: `conflict` for the same key with another request, `bad-request` for one that
        nobody could decide.
        """
        print_ = fingerprint(request)
        known = self._by_key.get((token, key)) if key else None
        if known is not None:
            approval = self.approvals[known]
            if approval.fingerprint != print_:
                raise StanzaError("conflict", f"this idempotency key stands for another request, {known}")
            return approval, False
        now = transaction.now
        deadline = request.deadline or now + timedelta(hours=self.settings.deadline_hours)
        if deadline <= now:
            raise StanzaError("bad-request", "deadline: it has passed")
        votes = tuple(Vote(person.jid, (person.jid,)) for person in self.approvers.of(request, now))
        number = self._prompts.number(transaction)
        approval = Approval(number, token, key, print_, request, votes, now, deadline)
        self._put(approval, transaction)
        if key:
            transaction.put(self._by_key, (token, key), number)
        self._note(approval, "created", token, {"request": print_}, transaction)
        text = text_of(approval, self.approvers)
        self._prompts.ask(KIND, request.title, text, transaction, urgent=request.urgent, number=number)
        self._ask(approval, transaction)
        self._put_on_agenda(approval, transaction)
        return self.approvals[number], True

    def get(self, number: int, token: str = "") -> Approval:
        """Raises `item-not-found`; also for what another program has asked for."""
        approval = self.approvals.get(number)
        if approval is None or (token and approval.token != token):
            raise StanzaError("item-not-found", f"there is no approval {number}")
        return approval

    def cancel(self, number: int, by: str, reason: str, transaction: Transaction) -> Approval:
        """The decision is not needed any more; doing so twice is no mistake. Raises `conflict`."""
        approval = self.get(number)
        if approval.state == "cancelled":
            return approval
        if approval.state != "pending":
            raise StanzaError("conflict", f"{number} is {approval.state} already")
        return self._end(replace(approval, reason=reason), "cancelled", by, transaction)

    # -- answers of people ---------------------------------------------------------------------------

    def may_answer(self, prompt: Prompt, address: str) -> bool:
        """Whether they have, or had, a vote in it: who is too late is told so."""
        approval = self.approvals.get(prompt.number)
        return approval is not None and any(address in vote.asked for vote in approval.votes)

    def answer(self, prompt: Prompt, said: Said, transaction: Transaction) -> str:
        """`prompt.Kind.answer`."""
        approval, by = self.get(prompt.number), said.by.address
        if approval.state != "pending":
            raise StanzaError(
                "unexpected-request", f"{prompt.number} is {progress(approval, self.approvers)}"
            )
        at = vote_of(by, approval.request.policy.rule, approval.votes)
        if at is None:
            raise StanzaError("forbidden", self._why_not(approval, by))
        if said.verb == "delegate":
            return self._delegate(approval, at, by, said.rest, transaction)
        self.approvers.require(by, approval.request)
        answer = "approve" if said.verb == "approve" else "reject"
        return self._vote(approval, at, by, answer, said.rest, transaction)

    def _why_not(self, approval: Approval, by: str) -> str:
        given = [vote for vote in approval.votes if by in vote.asked]
        if given and given[0].answer:
            return f"{self.approvers.name(given[0].by)} has answered {approval.number} already"
        if given:
            return f"{approval.number} is not your turn yet: others come first"
        return f"{approval.number} is not yours to decide"

    def _vote(
        self, approval: Approval, at: int, by: str, answer: Any, comment: str, transaction: Transaction
    ) -> str:
        vote = replace(
            approval.votes[at], answer=answer, by=by, comment=comment[:LONGEST_COMMENT], at=transaction.now
        )
        approval = replace(approval, votes=(*approval.votes[:at], vote, *approval.votes[at + 1 :]))
        detail = {"approver": vote.approver, "comment": vote.comment}
        self._note(approval, answer, by, detail, transaction)
        policy = approval.request.policy
        decision = decide(policy.rule, policy.count, approval.votes)
        if decision:
            approval = self._end(approval, decision, by, transaction)
        else:
            self._put(approval, transaction)
            self._correct(approval, transaction)
            self._ask(approval, transaction)  # a sequence goes on
        return f"{approval.number}: {progress(approval, self.approvers)}"

    def _delegate(self, approval: Approval, at: int, by: str, rest: str, transaction: Transaction) -> str:
        """Somebody else gives this vote instead. Raises `StanzaError`."""
        who, _, comment = rest.partition(" ")
        if not who:
            raise StanzaError("bad-request", f"to whom? Say: delegate {approval.number} NAME [comment]")
        delegate = self.approvers.delegate(who, approval)
        vote = replace(approval.votes[at], asked=(delegate.jid,))
        approval = replace(approval, votes=(*approval.votes[:at], vote, *approval.votes[at + 1 :]))
        self._put(approval, transaction)
        detail = {"approver": vote.approver, "to": delegate.jid, "comment": comment[:LONGEST_COMMENT]}
        self._note(approval, "delegate", by, detail, transaction)
        self._correct(approval, transaction)
        self._prompts.tell(approval.number, delegate.jid, transaction)
        return f"{approval.number}: {delegate.name} is asked instead of you"

    # -- asking --------------------------------------------------------------------------------------

    def _ask(self, approval: Approval, transaction: Transaction, again: bool = False) -> None:
        """Tell everybody who can answer now and was not told yet, or has not answered (`again`)."""
        for at in open_votes(approval.request.policy.rule, approval.votes):
            approval = self._with_substitute(approval, at, transaction, again)
            for jid in approval.votes[at].asked:
                if again or not self._prompts.get(approval.number).was_told(jid):
                    self._prompts.tell(approval.number, jid, transaction)

    def _with_substitute(
        self, approval: Approval, at: int, transaction: Transaction, again: bool
    ) -> Approval:
        """Who is absent, or has not answered until reminded, is not the only one asked."""
        vote = approval.votes[at]
        substitute = self.approvers.substitute(vote.approver, approval, transaction.now, self.settings, again)
        if substitute is None or vote.asked != (vote.approver,):
            return approval
        vote = replace(vote, asked=(vote.approver, substitute.jid))
        approval = replace(approval, votes=(*approval.votes[:at], vote, *approval.votes[at + 1 :]))
        self._put(approval, transaction)
        detail = {"approver": vote.approver, "to": substitute.jid}
        self._note(approval, "substitute", "clock", detail, transaction)
        return approval

    def _correct(self, approval: Approval, transaction: Transaction, is_open: bool = True) -> None:
        self._prompts.correct(
            approval.number, text_of(approval, self.approvers), transaction, is_open=is_open
        )

    # -- the clock -----------------------------------------------------------------------------------

    def _put_on_agenda(self, approval: Approval, transaction: Transaction) -> None:
        number = approval.number
        self._agenda.put(
            transaction,
            ("approvals", "deadline", number),
            approval.deadline,
            self._expire(number),
            elapses=False,
        )
        self._put_reminder(approval, transaction)

    def _put_reminder(self, approval: Approval, transaction: Transaction) -> None:
        pause = timedelta(hours=self.settings.reminder_hours)
        if not pause:
            return
        # After a restart it is due when it would have been: a whole number of pauses after the asking.
        due: datetime = approval.created + pause * ((transaction.now - approval.created) // pause + 1)
        key = ("approvals", "reminder", approval.number)
        self._agenda.put(transaction, key, due, self._remind(approval.number))

    def _expire(self, number: int) -> Callable[[Transaction], object]:
        return lambda transaction: self._end(self.get(number), "expired", "clock", transaction)

    def _remind(self, number: int) -> Callable[[Transaction], object]:
        def act(transaction: Transaction) -> None:
            self._ask(self.get(number), transaction, again=True)
            self._put_reminder(self.get(number), transaction)

        return act

    # -- the end -------------------------------------------------------------------------------------

    def _end(self, approval: Approval, state: State, by: str, transaction: Transaction) -> Approval:
        approval = replace(approval, state=state, decided=transaction.now)
        self._put(approval, transaction)
        self._note(approval, state, by, {"reason": approval.reason} if approval.reason else {}, transaction)
        self._correct(approval, transaction, is_open=False)
        for what in ("deadline", "reminder"):
            self._agenda.remove(transaction, ("approvals", what, approval.number))
        if approval.request.callback:
            key = f"approval-{approval.number}-{state}"
            self._work.callback(approval.request.callback, approval.json(), key, transaction, KIND)
        self._forget_old(transaction)
        return approval

    def _forget_old(self, transaction: Transaction) -> None:
        """The oldest that are decided, if there are too many; the audit trail keeps them."""
        closed = len(self.approvals) - self.pending()
        for number in [n for n, one in self.approvals.items() if one.state != "pending"]:
            if closed <= self.settings.history:
                return
            closed -= 1
            gone = transaction.remove(self.approvals, number)
            if gone.key:
                transaction.remove(self._by_key, (gone.token, gone.key))
            transaction.delete(storage.approvals, (number,))
            self._prompts.forget(number, transaction)

    # -- rows ----------------------------------------------------------------------------------------

    def _put(self, approval: Approval, transaction: Transaction) -> None:
        transaction.replace(self.approvals, approval.number, approval)
        transaction.write(storage.approvals, (approval.number,), approval.row())

    def _note(
        self, approval: Approval, event: str, by: str, detail: Mapping[str, Any], transaction: Transaction
    ) -> None:
        """Add to the audit trail."""
        last = self._last_entry
        sequence, before = (last.sequence + 1, last.signature) if last is not None else (1, "")
        entry = self._signer.sign(
            Entry(sequence, approval.number, event, by, detail, transaction.now, before)
        )
        transaction.assign(self, "_last_entry", entry)
        transaction.write(storage.audit, (sequence,), storage.row_of(entry))
