"""What a component's author declares: the rest (configuration, stream, store, signals) is shared."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar
from xml.etree.ElementTree import Element

from sqlalchemy import Connection

from components.common.config import ComponentSettings, Configuration
from components.common.control import Command
from components.common.entrance import Entrance, Perform
from components.common.figures import Figure
from components.common.queries import Ask
from components.common.stanza import Stanza
from components.common.transaction import Transaction

S = TypeVar("S", bound=ComponentSettings)
S_contra = TypeVar("S_contra", bound=ComponentSettings, contravariant=True)


@dataclass(slots=True)
class Reloaded:
    """What became of changed keys when the configuration was read again."""

    applied: list[str] = field(default_factory=list)
    restart_needed: list[str] = field(default_factory=list)


class Service(Protocol[S_contra]):
    """The pure heart of a component. Nothing in it does I/O; the time comes with the transaction."""

    def handle(self, stanza: Stanza, transaction: Transaction) -> Element | None:
        """One stanza: the payload of the result for a request, or `StanzaError`."""

    def configure(self, settings: S_contra, transaction: Transaction) -> Reloaded:
        """Take over the settings, at the start and whenever they were read again."""

    def renewed(self, transaction: Transaction) -> None:
        """The link to the router is up, and not the one of before: what was on its way may be lost."""

    def make_rounds(self, transaction: Transaction) -> None:
        """Do what is due by the clock; called every `rounds.INTERVAL` seconds while the link is up."""

    def figures(self) -> Iterable[Figure]:
        """The figures of this service; those of stream and store are added."""


class OperatorCommand(Protocol):
    """One command of the control socket, in a transaction of its own; answered after the commit."""

    def __call__(self, arguments: Mapping[str, Any], transaction: Transaction, /) -> Mapping[str, Any]:
        """The result, for JSON. Raises `CommandError` or `StanzaError`, and then nothing has changed."""


class Build(Protocol[S]):
    """Makes the service from what the store holds; the only moment the service sees the store."""

    def __call__(self, configuration: Configuration[S], stored: Any) -> Service[S]:
        """`stored` is what `Load` has read."""


class Load(Protocol):
    """Reads from the store, on a reader's thread, what `Build` needs."""

    def __call__(self, connection: Connection) -> Any:
        """Whatever the component's `Build` understands."""


@dataclass(frozen=True, slots=True)
class Program(Generic[S]):
    """One component process."""

    name: str  # of the table in the configuration, the control socket, the database schema
    label: str  # of its domain, before the domain of the installation
    settings: type[S]
    migrations: Path
    load: Load
    build: Build[S]
    # Tells the service how to ask the store (`queries`), if it ever does.
    asks: Callable[[Any, Ask], None] | None = None
    # What the service listens on besides its stream; opened in this order, closed in the other.
    entrances: Callable[[Any, Configuration[Any], Perform], Sequence[Entrance]] | None = None
    # Commands of the control socket besides those of every component (`operation`), by name.
    commands: Callable[[Any], Mapping[str, OperatorCommand]] | None = None
    # Those of them that take their time: coroutines, which do I/O off the event loop.
    long_commands: Callable[[Any, Perform], Mapping[str, Command]] | None = None
