"""XEP-0050 Ad-Hoc Commands, which are the commands of the control socket, too: declared once.

A `Command` says what is asked for, in which stages, who may run it, and what it does. An administrator's
client gets forms, the operator's command sends all arguments at once; both bring about the same.
"""

import difflib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from xml.etree.ElementTree import Element

from slixmpp import JID

from components.common.answers import Answers, Unanswered, values_of
from components.common.command_sessions import NAMESPACE, Session, Sessions, refusal
from components.common.control import CommandError
from components.common.disco import Identity, Info, Item
from components.common.elements import XML, child
from components.common.errors import StanzaError
from components.common.feature import Feature
from components.common.forms import FORM, Field, form, submitted
from components.common.forms import NAMESPACE as FORMS
from components.common.outcome import Outcome
from components.common.stanza import Stanza
from components.common.transaction import Transaction

COMMAND = f"{{{NAMESPACE}}}command"
ACTIONS = ("execute", "prev", "next", "complete", "cancel")
# Of everything here. §3.6 would have a command refused whose requester speaks another language;
# that would help nobody.
LANGUAGE = "en"


@dataclass(frozen=True, slots=True)
class Form:
    """What is asked for in one stage; the fields hold the values they are offered with."""

    fields: Sequence[Field]
    title: str = ""
    instructions: str = ""


@dataclass(frozen=True, slots=True)
class Invocation:
    """A command that somebody runs."""

    by: JID | None  # None: the operator, by the control socket, who may do everything
    to: JID  # the address that has the command
    answers: Answers  # to the stages so far; to all, when the command is carried out
    transaction: Transaction


# A form, or what makes it out of the answers so far; without a form the stage is left out.
# It may raise `StanzaError` about these answers, and changes nothing.
Stage = Form | Callable[[Invocation], Form | None]

Permission = Callable[[JID, JID], bool]  # requester, the address that has the command


def anybody(requester: JID, to: JID) -> bool:
    """Everybody may run it."""
    return True


@dataclass(frozen=True, slots=True)
class People:
    """Whom a configuration knows; its methods are permissions."""

    administrators: frozenset[str]  # bare JIDs
    domain: str  # of the local users

    def is_administrator(self, requester: JID, to: JID) -> bool:
        """For administrators."""
        return requester.bare in self.administrators

    def is_local(self, requester: JID, to: JID) -> bool:
        """For users of the own domain."""
        return requester.domain == self.domain and bool(requester.local)


@dataclass(frozen=True, slots=True)
class Command:
    """One command. `run` raises `StanzaError`, and then nothing has changed; the form may be sent again."""

    node: str  # of XEP-0050, and its name on the control socket
    name: str  # for people
    run: Callable[[Invocation], Outcome]
    allows: Permission
    stages: Sequence[Stage] = ()
    for_operator: bool = True  # whether the control socket has it, too


@dataclass(slots=True)
class Commands:
    """The commands of an address, or of all addresses of a kind."""

    commands: Mapping[str, Command]
    _sessions: Sessions = field(default_factory=Sessions)

    @classmethod
    def of(cls, commands: Iterable[Command]) -> "Commands":
        """In the order in which they are listed."""
        return cls({command.node: command for command in commands})

    def feature(self) -> Feature:
        """The declaration, for the component's own address."""
        return Feature(
            "commands", ("XEP-0050", "XEP-0004"), (NAMESPACE, FORMS), {("set", COMMAND): self.answer}
        )

    def operator_commands(
        self,
    ) -> Mapping[str, Callable[[Mapping[str, Any], Transaction], Mapping[str, Any]]]:
        """The same for the control socket: the arguments are the fields of all stages."""
        return {
            node: partial(_operate, command)
            for node, command in self.commands.items()
            if command.for_operator
        }

    def info(self, stanza: Stanza, node: str) -> Info | None:
        """§2.2 the node of all commands, and that of each. Raises `forbidden`."""
        if node == NAMESPACE:
            return Info((Identity("automation", "command-list", "Commands"),), (NAMESPACE,))
        if node not in self.commands:
            return None
        command = self._permitted(stanza, node)
        return Info((Identity("automation", "command-node", command.name),), (NAMESPACE, FORMS))

    def items(self, stanza: Stanza, node: str) -> Iterable[Item] | None:
        """§2.2 the commands that the requester may run."""
        if node != NAMESPACE:
            return () if node in self.commands else None
        allowed = [c for c in self.commands.values() if c.allows(stanza.sender, stanza.to)]
        return [Item(stanza.to.full, command.name, command.node) for command in allowed]

    def answer(self, stanza: Stanza, element: Element, transaction: Transaction) -> Element:
        """One request of §2.4. Raises the errors of §4.4."""
        command = self._permitted(stanza, element.get("node", ""))
        action = element.get("action", "execute")
        if action not in ACTIONS:
            raise refusal("malformed-action", f"an action is one of {', '.join(ACTIONS)}")
        if element.get("sessionid"):
            session = self._sessions.find(stanza, element, transaction.now)
        elif action == "execute":
            session = self._sessions.new(stanza, command.node, transaction.now)
            return self._proceed(command, session, stanza, transaction, -1)
        else:
            raise refusal("bad-sessionid", "there is nothing under way; execute the command first")
        if action == "cancel":
            self._sessions.end(session, transaction)
            return _element(command, session.id, "canceled")
        if action == "prev":
            return self._revert(command, session, stanza, transaction)
        return self._continue(command, session, stanza, transaction, action, element.find(FORM))

    def _permitted(self, stanza: Stanza, node: str) -> Command:
        command = self.commands.get(node)
        if command is None:
            raise StanzaError("item-not-found", "there is no such command")
        if not command.allows(stanza.sender, stanza.to):
            raise StanzaError("forbidden", "this command is not for you")
        return command

    def _continue(
        self,
        command: Command,
        session: Session,
        stanza: Stanza,
        transaction: Transaction,
        action: str,
        filled: Element | None,
    ) -> Element:
        """Take the answers to the present stage; §3.4: `execute` is what `<actions/>` says it is."""
        stage = session.path[-1]
        expected = "complete" if stage == len(command.stages) - 1 else "next"
        if action not in ("execute", expected):
            raise refusal("bad-action", f"what can be done now is: {expected}")
        before = session.answers(session.path[:-1])
        asked = _form(command.stages[stage], Invocation(stanza.sender, stanza.to, before, transaction))
        fields = asked.fields if asked else ()
        given = (
            submitted(filled, _form_type(fields)) if filled is not None else {}
        )  # whatever its type (§3.5.1)
        try:
            answers = Answers.to(fields, given)
        except Unanswered as error:
            raise refusal("bad-payload", str(error)) from None
        return self._proceed(command, session.answered(answers), stanza, transaction, stage)

    def _proceed(
        self, command: Command, session: Session, stanza: Stanza, transaction: Transaction, stage: int
    ) -> Element:
        """Offer the next stage that there is, or carry the command out."""
        invocation = Invocation(stanza.sender, stanza.to, session.answers(session.path), transaction)
        for following in range(stage + 1, len(command.stages)):
            offered = _form(command.stages[following], invocation)
            if offered is not None:
                session = session.at((*session.path, following), transaction.now)
                self._sessions.put(session, transaction)
                return _offer(command, session, offered)
        outcome = command.run(invocation)
        self._sessions.end(session, transaction)
        element = _element(command, session.id, "completed")
        element.extend(outcome.elements(NAMESPACE, command.name))
        return element

    def _revert(
        self, command: Command, session: Session, stanza: Stanza, transaction: Transaction
    ) -> Element:
        """Offer the stage before, with what was filled in there."""
        if len(session.path) < 2:
            raise refusal("bad-action", "this is the first stage")
        session = session.at(session.path[:-1], transaction.now)
        before = session.answers(session.path[:-1])
        offered = _form(
            command.stages[session.path[-1]], Invocation(stanza.sender, stanza.to, before, transaction)
        )
        self._sessions.put(session, transaction)
        return _offer(command, session, offered or Form(()))


def _form(stage: Stage, invocation: Invocation) -> Form | None:
    return stage if isinstance(stage, Form) else stage(invocation)


def _form_type(fields: Sequence[Field]) -> str:
    """Of a form that has one among its fields (XEP-0068)."""
    return next(("".join(field.values) for field in fields if field.var == "FORM_TYPE"), "")


def _element(command: Command, session: str, status: str) -> Element:
    attributes = {"node": command.node, "sessionid": session, "status": status, f"{{{XML}}}lang": LANGUAGE}
    return Element(COMMAND, attributes)


def _offer(command: Command, session: Session, offered: Form) -> Element:
    """§2.4.2 a stage: what can be done, the default first (§3.4), and the form."""
    stage = session.path[-1]
    default = "complete" if stage == len(command.stages) - 1 else "next"
    element = _element(command, session.id, "executing")
    actions = child(element, f"{{{NAMESPACE}}}actions", execute=default)
    for action in ("prev",) * (len(session.path) > 1) + (default,):
        child(actions, f"{{{NAMESPACE}}}{action}")
    fields = session.remembered(stage, offered.fields)
    element.append(form("form", "", fields, offered.title or command.name, offered.instructions))
    return element


def _operate(command: Command, arguments: Mapping[str, Any], transaction: Transaction) -> Mapping[str, Any]:
    """The command by the control socket. Raises `CommandError`, `StanzaError`."""
    left, answers = dict(arguments), Answers()
    known: list[str] = []
    for stage in command.stages:
        asked = _form(stage, Invocation(None, JID(), answers, transaction))
        if asked is None:
            continue
        known += [field.var for field in asked.fields]
        given = {field.var: _values(field, left) for field in asked.fields if field.var in left}
        try:
            answers = answers.and_then(Answers.to(asked.fields, given))
        except Unanswered as error:
            raise CommandError(f"{error.field.var}: {error.why}") from None
    if left:
        raise CommandError(_unknown(next(iter(left)), known))
    return command.run(Invocation(None, JID(), answers, transaction)).for_json()


def _unknown(name: str, known: Sequence[str]) -> str:
    close = difflib.get_close_matches(name, known, 1)
    if close:
        return f"{name}: not known here; did you mean {close[0]}?"
    return f"{name}: not known here; there are: {', '.join(known) or 'none'}"


def _values(field: Field, left: dict[str, Any]) -> list[str]:
    argument = left.pop(field.var)
    if isinstance(argument, str) and field.type in ("jid-multi", "list-multi"):
        return argument.replace(",", " ").split()  # as operators type them
    try:
        return values_of(argument)
    except ValueError as error:
        raise CommandError(f"{field.var}: {error}") from None
