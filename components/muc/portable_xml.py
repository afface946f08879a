"""XEP-0227 §5 a file, or several that include each other, as elements that know where they stand."""

from collections.abc import Callable, Sequence
from pathlib import Path
from xml.etree.ElementTree import Element
from xml.parsers import expat

NAMESPACE = "urn:xmpp:pie:0"
ROOMS = "urn:stellwerk:rooms:0"
ARCHIVE = f"{NAMESPACE}#mam"
MAM, FORWARD, DELAY, CLIENT = "urn:xmpp:mam:2", "urn:xmpp:forward:0", "urn:xmpp:delay", "jabber:client"
INCLUDE = "{http://www.w3.org/2001/XInclude}include"
DEPTH = 100  # of elements in each other


class BrokenFile(Exception):
    """What is wrong in a file, with its line."""

    def __init__(self, path: Path, line: int, why: str) -> None:
        super().__init__(f"{path}:{line}: {why}")


class Placed(Element):
    """An element with the place where it begins."""

    path: Path
    line: int

    def error(self, why: str) -> BrokenFile:
        """Something is wrong with it."""
        return BrokenFile(self.path, self.line, why)


class Reader:
    """Reads files; `closed` is called with the elements around one that has ended, and this one.

    What `closed` returns True for is taken out of its parent again, so that a long archive is never in
    memory as a whole.
    """

    def __init__(
        self, closed: Callable[[Sequence[Placed], Placed], bool], includes_in: frozenset[str]
    ) -> None:
        """`includes_in`: the names of the elements in which `<include/>` is heeded."""
        self._closed, self._includes_in = closed, includes_in
        self._open: list[Path] = []

    def read(self, path: Path, around: tuple[Placed, ...] = ()) -> None:
        """Read a file; its root becomes a child of what is `around`. Raises `BrokenFile`, `OSError`."""
        if path in self._open:
            raise around[-1].error(f"{path} includes itself")
        self._open.append(path)
        _File(self, path, around).parse()
        self._open.pop()

    def ended(self, stack: list[Placed]) -> None:
        """The last of these elements is complete."""
        element = stack[-1]
        parent = stack[-2] if len(stack) > 1 else None
        if element.tag == INCLUDE and parent is not None and parent.tag in self._includes_in:
            parent.remove(element)
            self.read(_target(element), tuple(stack[:-1]))
        elif self._closed(stack[:-1], element) and parent is not None:
            parent.remove(element)


class _File:
    def __init__(self, reader: Reader, path: Path, around: tuple[Placed, ...]) -> None:
        self._reader, self._path = reader, path
        self._stack = list(around)
        parser = self._parser = expat.ParserCreate(namespace_separator="}")
        parser.buffer_text = True
        parser.StartElementHandler, parser.EndElementHandler = self._start, self._end
        parser.CharacterDataHandler = self._text
        parser.StartDoctypeDeclHandler = self._doctype

    def parse(self) -> None:
        with self._path.open("rb") as file:
            try:
                self._parser.ParseFile(file)
            except expat.ExpatError as error:
                why = expat.errors.messages.get(error.code, "not well-formed")
                raise BrokenFile(self._path, error.lineno, f"not XML: {why}") from None

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if len(self._stack) >= DEPTH:
            raise BrokenFile(self._path, self._parser.CurrentLineNumber, "too many elements in each other")
        element = Placed(_name(name), {_name(key): value for key, value in attributes.items()})
        element.path, element.line = self._path, self._parser.CurrentLineNumber
        if self._stack:
            self._stack[-1].append(element)
        self._stack.append(element)

    def _end(self, name: str) -> None:
        self._reader.ended(self._stack)
        self._stack.pop()

    def _text(self, data: str) -> None:
        if not self._stack:
            return
        element = self._stack[-1]
        if len(element):
            element[-1].tail = (element[-1].tail or "") + data
        else:
            element.text = (element.text or "") + data

    def _doctype(self, *declaration: object) -> None:
        line = self._parser.CurrentLineNumber
        raise BrokenFile(self._path, line, "a document type is not allowed here")


def _name(name: str) -> str:
    return f"{{{name}" if "}" in name else name


def _target(include: Placed) -> Path:
    """§5: relative, without `parse` and `xpointer`."""
    href = include.get("href", "")
    if not href or ":" in href or href.startswith("/") or include.get("parse") or include.get("xpointer"):
        raise include.error("expected <include href='…'/> with a relative path, and nothing else")
    target = (include.path.parent / href).resolve()
    if not target.is_file():
        raise include.error(f"{target}: there is no such file")
    return target
