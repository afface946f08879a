"""What a part of the notifier declares: everything by which people, programs, the clock and the operator
reach it.

A part is built by `component.build` with what it needs by name (no registry), keeps its state in memory
beside rows that hold the same, and changes both in the `Transaction` it is given. It does no I/O: what
shall happen outside (a callback, an e-mail) it leaves to `work`, what shall happen later to `clock.Agenda`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from components.common.commands import Command
from components.common.entrance import Entrance, Perform
from components.common.feature import RequestHandler, RequestName
from components.common.figures import Figure
from components.common.stanza import Stanza
from components.common.transaction import Transaction
from components.notifier.config import NotifierSettings
from components.notifier.http import Route
from components.notifier.text import Verb


def _nothing(*arguments: object) -> tuple[()]:
    return ()


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the notifier; see `component.build` for all, in their order."""

    name: str
    xeps: tuple[str, ...] = ()
    namespaces: tuple[str, ...] = ()  # announced in service discovery
    # Requests (iq) to the service's own address.
    requests: Mapping[RequestName, RequestHandler] = field(default_factory=dict)
    # What people may say; answers to numbered questions are declared by `prompts.Kind` instead.
    verbs: tuple[Verb, ...] = ()
    # What programs may ask over HTTP.
    routes: tuple[Route, ...] = ()
    # Ad-hoc commands, which the operator has on the control socket, too; their nodes begin with the part's
    # name, such as `alerts-list`.
    commands: tuple[Command, ...] = ()
    figures: tuple[Figure, ...] = ()
    # Takes over the settings, at the start and at each reload; what is due is put on the agenda at the
    # start (the agenda is not stored). Gives the keys below `notifier.` that were applied.
    configure: Callable[[NotifierSettings, Transaction], Iterable[str]] = _nothing
    # Keys below `notifier.` that a reload cannot apply, given the new settings.
    restart_needed: Callable[[NotifierSettings], Iterable[str]] = _nothing
    # The link to the router is another one; what was on its way may be lost.
    renewed: Callable[[Transaction], object] = _nothing
    # Presence of any kind that has come for the service's own address, but subscription requests.
    presence: Callable[[Stanza, Transaction], object] = _nothing
    # Messages that hold a certain element, such as a pubsub event, by its qualified name; also those of
    # the type error.
    events: Mapping[str, Callable[[Stanza, Element, Transaction], object]] = field(default_factory=dict)
    # Ways in of its own, such as a TCP listener.
    entrances: Callable[[Perform], Sequence[Entrance]] = _nothing
