"""Approvals as a part of the notifier."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from components.common.commands import Command, Form, Invocation, Permission, anybody
from components.common.commands import People as Permissions
from components.common.errors import StanzaError
from components.common.figures import Figure
from components.common.forms import Field, Option
from components.common.outcome import Outcome, Table, Value, done
from components.common.transaction import Transaction
from components.notifier.approvals import storage
from components.notifier.approvals.api import Api
from components.notifier.approvals.approval import Approval
from components.notifier.approvals.approvers import Approvers
from components.notifier.approvals.audit import Signer
from components.notifier.approvals.book import KIND, Book
from components.notifier.approvals.config import ApprovalsSettings
from components.notifier.approvals.confirmations import CONFIRM, NAMESPACE, Confirmations
from components.notifier.approvals.wording import headline, progress, text_of
from components.notifier.clock import Agenda
from components.notifier.config import NotifierSettings
from components.notifier.feature import Part
from components.notifier.people.choosing import Choosing
from components.notifier.people.presence import Presences
from components.notifier.prompt import Action, Kind
from components.notifier.prompts import Prompts
from components.notifier.text import Said, Speaker
from components.notifier.work import Work

ACTIONS = (
    Action("approve", "Approve", "say yes", "[comment]", emoji="👍"),
    Action("reject", "Reject", "say no", "[comment]", emoji="👎"),
    Action("delegate", "Delegate", "have somebody else answer", "NAME [comment]", button=False),
)

_NUMBER = Field("number", label="Number", required=True)


def approvals_part(
    settings: ApprovalsSettings,
    home: Path,
    permissions: Permissions,
    people: Choosing,
    presences: Presences,
    prompts: Prompts,
    work: Work,
    agenda: Agenda,
    stored: storage.Stored,
) -> Part:
    """The part with its state."""
    approvers = Approvers(settings, people, people, presences)
    signer = Signer(home / settings.audit_key_file)
    book = Book(settings, approvers, prompts, work, agenda, signer, stored)
    confirmations = Confirmations(people, prompts, work, agenda, stored.confirmations)
    made = ApprovalsPart(book, confirmations, prompts, permissions.is_administrator)
    prompts.register(made.kind())
    prompts.register(confirmations.kind())
    return made.part()


@dataclass(frozen=True, slots=True)
class ApprovalsPart:
    """Its declaration, and the commands."""

    book: Book
    confirmations: Confirmations
    prompts: Prompts
    is_administrator: Permission

    def kind(self) -> Kind:
        """How people answer."""
        return Kind(KIND, ACTIONS, self.book.answer, self.book.may_answer)

    def part(self) -> Part:
        """See `feature.Part`."""
        reason = Field("reason", label="Reason")
        state = Field("state", ["pending"], label="State; empty: all")
        only = self.is_administrator
        return Part(
            "approvals",
            xeps=("XEP-0070",),
            namespaces=(NAMESPACE,),
            verbs=self.confirmations.verbs(),
            events={CONFIRM: self.confirmations.heard},
            routes=Api(self.book, self.confirmations).routes(),
            commands=(
                Command(
                    "approvals-mine", "Approvals that wait for you", self._mine, anybody, for_operator=False
                ),
                Command(
                    "approvals-answer",
                    "Answer an approval",
                    self._answer,
                    anybody,
                    (self._choice,),
                    for_operator=False,
                ),
                Command("approvals-list", "Approvals", self._list, only, (Form((state,)),)),
                Command("approvals-show", "One approval", self._show, only, (Form((_NUMBER,)),)),
                Command("approvals-cancel", "Cancel", self._cancel, only, (Form((_NUMBER, reason)),)),
                Command("approvals-key", "Public key of the audit trail", self._key, only),
            ),
            figures=(Figure("approvals_pending", "approvals that wait for people", self.book.pending),),
            configure=self._configure,
        )

    def _configure(self, settings: NotifierSettings, transaction: Transaction) -> Iterable[str]:
        before = self.book.settings
        transaction.assign(self.book.approvers, "settings", settings.approvals)
        self.book.configure(settings.approvals, transaction)
        self.confirmations.begin(transaction)
        return ["approvals"] if settings.approvals != before else []

    def _mine(self, invocation: Invocation) -> Outcome:
        return self._table(self._waiting_for(invocation))

    def _waiting_for(self, invocation: Invocation) -> list[Approval]:
        jid = invocation.by.bare if invocation.by is not None else ""
        return [
            approval
            for approval in self.book.approvals.values()
            if approval.state == "pending"
            and any(jid in vote.asked and not vote.answer for vote in approval.votes)
        ]

    def _choice(self, invocation: Invocation) -> Form:
        """What waits for who asks, and how it can be answered."""
        options = [
            Option(str(one.number), f"{one.number} {headline(one.request, self.book.approvers)}")
            for one in self._waiting_for(invocation)
        ]
        if not options:
            raise StanzaError("item-not-found", "nothing waits for your answer")
        answers = [Option(action.verb, action.label) for action in ACTIONS]
        return Form(
            (
                Field("number", [options[-1].value], "list-single", "Approval", options, required=True),
                Field("answer", [], "list-single", "Answer", answers, required=True),
                Field("comment", label="Comment; to delegate: a name, then a comment"),
            )
        )

    def _answer(self, invocation: Invocation) -> Outcome:
        line = invocation.answers.line
        by = Speaker(invocation.by.bare if invocation.by is not None else "", "form")
        said = Said(by, line("answer"), line("comment"))
        return done(self.prompts.answer(_number(invocation), said, invocation.transaction))

    def _list(self, invocation: Invocation) -> Outcome:
        state = invocation.answers.line("state")
        return self._table(one for one in self.book.approvals.values() if state in ("", one.state))

    def _table(self, found: Iterable[Approval]) -> Outcome:
        rows: list[dict[str, Any]] = [
            {
                "number": approval.number,
                "title": headline(approval.request, self.book.approvers),
                "state": progress(approval, self.book.approvers),
                "by": approval.token,
            }
            for approval in found
        ]
        columns = {"number": "Number", "title": "What", "state": "State", "by": "Asked by"}
        return Outcome(table=Table("approvals", columns, rows))

    def _show(self, invocation: Invocation) -> Outcome:
        approval = self.book.get(_number(invocation))
        lines = text_of(approval, self.book.approvers).splitlines()
        trail = [
            f"{vote.at:%Y-%m-%d %H:%M:%S} UTC {vote.by}: {vote.answer} {vote.comment}".rstrip()
            for vote in approval.votes
            if vote.at is not None
        ]
        return Outcome(
            values=(
                Value("number", "Number", approval.number),
                Value("state", "State", approval.state),
                Value("text", "Text", lines),
                Value("answers", "Answers", trail),
            )
        )

    def _cancel(self, invocation: Invocation) -> Outcome:
        by = invocation.by.bare if invocation.by is not None else "operator"
        reason = invocation.answers.line("reason")
        approval = self.book.cancel(_number(invocation), by, reason, invocation.transaction)
        return done(f"{approval.number} is cancelled")

    def _key(self, invocation: Invocation) -> Outcome:
        return Outcome(values=(Value("key", "Public key (PEM)", self.book.public_key().splitlines()),))


def _number(invocation: Invocation) -> int:
    written = invocation.answers.line("number")
    if not written.isdecimal() or len(written) > 18:
        raise StanzaError("bad-request", f"{written!r} is no number")
    return int(written)
