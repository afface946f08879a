"""XEP-0050 §2.4.1 what a command has to tell: to a client as notes and a form, to a program as JSON."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from xml.etree.ElementTree import Element

from components.common.forms import NAMESPACE as FORMS
from components.common.forms import Field, form

MOST_LINES = 100  # of a table as text

Content = str | int | bool | Sequence[str] | None


@dataclass(frozen=True, slots=True)
class Note:
    """A sentence for people (§4.3)."""

    text: str
    type: Literal["info", "warn", "error"] = "info"


@dataclass(frozen=True, slots=True)
class Value:
    """One thing that is told."""

    var: str
    label: str
    content: Content
    type: str = ""  # of the field, where the content does not tell: jid-single, jid-multi

    def field(self) -> Field:
        """As a field of a form."""
        kind = "text-single"
        if isinstance(self.content, bool):
            kind = "boolean"
        elif isinstance(self.content, Sequence) and not isinstance(self.content, str):
            kind = "text-multi"
        return Field(self.var, written(self.content), self.type or kind, self.label)


@dataclass(frozen=True, slots=True)
class Table:
    """Any number of things of one kind.

    COMPAT(Gajim 1.7, Converse.js 14, profanity 0.13, 2026): at the tables of XEP-0004 §3.4 the first fails,
    and the others show nothing. So each row is a line of text, unless clients know the list by its protocol.
    """

    var: str  # the key of the list in JSON
    columns: Mapping[str, str]  # the heading by `var`
    rows: Sequence[Mapping[str, Content]]
    reported: bool = False  # a table of XEP-0004 all the same

    def lines(self) -> Iterable[str]:
        """The first rows as text."""
        for row in self.rows[:MOST_LINES]:
            yield ", ".join([text for var in self.columns if (text := ", ".join(written(row.get(var))))])
        if len(self.rows) > MOST_LINES:
            yield f"and {len(self.rows) - MOST_LINES} more"
        if not self.rows:
            yield "none"

    def elements(self) -> Iterable[Element]:
        """One field with a line for each row; or `<reported/>`, and an `<item/>` for each."""
        if not self.reported:
            label = ", ".join(self.columns.values())
            yield Field(self.var, list(self.lines()), "text-multi", label).element()
            return
        reported = Element(f"{{{FORMS}}}reported")
        reported.extend(Field(var, (), "text-single", label).element() for var, label in self.columns.items())
        yield reported
        for row in self.rows:
            item = Element(f"{{{FORMS}}}item")
            item.extend(
                Field(var, [", ".join(written(row.get(var)))]).element(described=False)
                for var in self.columns
            )
            yield item


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came out of a command. One that has failed, but has changed something, tells an error's note;
    one that could do nothing raises `StanzaError` instead.
    """

    notes: Sequence[Note] = ()
    values: Sequence[Value] = ()
    table: Table | None = None

    def elements(self, namespace: str, title: str) -> Iterable[Element]:
        """The content of the `<command/>`."""
        for note in self.notes:
            element = Element(f"{{{namespace}}}note", {"type": note.type})
            element.text = note.text
            yield element
        if self.values or self.table is not None:
            result = form("result", "", (), title)
            result.extend(value.field().element() for value in self.values)
            result.extend(self.table.elements() if self.table is not None else ())
            yield result

    def for_json(self) -> Mapping[str, Any]:
        """The same for programs: `notes`, the values by name, the rows under the table's name."""
        found: dict[str, Any] = {value.var: value.content for value in self.values}
        if self.table is not None:
            found[self.table.var] = list(self.table.rows)
        if self.notes:
            found["notes"] = [{"type": note.type, "text": note.text} for note in self.notes]
        return found


def done(text: str, *values: Value) -> Outcome:
    """What was done, in a sentence."""
    return Outcome((Note(text),), values)


def written(content: Content) -> Sequence[str]:
    """As the values of a field."""
    if content is None:
        return ()
    if isinstance(content, bool):
        return ("1" if content else "0",)
    if isinstance(content, str | int):
        return (str(content),)
    return content
