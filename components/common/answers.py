"""XEP-0004 §3.3 what was filled in to the fields of a form, checked against their types."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from slixmpp import JID, InvalidJID

from components.common.forms import Field, boolean

_ONE_VALUE = ("boolean", "hidden", "jid-single", "list-single", "text-private", "text-single")
_SHOWN_ONLY = "fixed"
_WORDS = {"yes": "1", "on": "1", "no": "0", "off": "0"}  # as operators type them


class Unanswered(Exception):
    """A field without an answer that would do."""

    def __init__(self, field: Field, why: str) -> None:
        super().__init__(f"{field.label or field.var}: {why}")
        self.field, self.why = field, why


class Answers:
    """Values by the field's `var`; immutable. Truths are "1" or "0", addresses are normalised."""

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, Sequence[str]] = {}) -> None:
        self._values = values

    @classmethod
    def to(cls, fields: Iterable[Field], given: Mapping[str, Sequence[str]]) -> "Answers":
        """What was given for these fields; a field without an answer keeps the value it was offered with.

        What was given for other fields is ignored. Raises `Unanswered`.
        """
        asked = [field for field in fields if field.type != _SHOWN_ONLY]
        return cls({field.var: _checked(field, given.get(field.var, field.values)) for field in asked})

    def and_then(self, later: "Answers") -> "Answers":
        """Both; where both have an answer, the later one counts."""
        return Answers({**self._values, **later._values})

    def lines(self, var: str) -> Sequence[str]:
        """All values of the field; none if it was not asked for."""
        return self._values.get(var, ())

    def line(self, var: str) -> str:
        """The one value of the field, or empty."""
        return "".join(self.lines(var)[:1])

    def truth(self, var: str) -> bool:
        """The answer to a boolean field; one that was not given is no."""
        return self.line(var) == "1"

    def values(self) -> Mapping[str, Sequence[str]]:
        """Everything."""
        return self._values


def values_of(argument: Any) -> list[str]:
    """The values of a field out of JSON: a text, a number, a truth, a list of texts, or null for none.

    Raises `ValueError` for anything else.
    """
    if argument is None:
        return []
    if isinstance(argument, bool):
        return ["1" if argument else "0"]
    if isinstance(argument, str | int):
        return [str(argument)]
    if isinstance(argument, list) and all(isinstance(item, str) for item in argument):
        return list(argument)
    raise ValueError("expected a text, a number, true, false, or a list of texts")


def _checked(field: Field, values: Sequence[str]) -> Sequence[str]:
    if field.type != "text-multi":
        values = [value.strip() for value in values if value.strip()]
    if field.required and not values:
        raise Unanswered(field, "is required")
    if field.type in _ONE_VALUE and len(values) > 1:
        raise Unanswered(field, "expected one value")
    try:
        if field.type == "boolean":
            return ["1" if boolean([_WORDS.get(value, value) for value in values]) else "0"] if values else []
        if field.type.startswith("jid-"):
            return [_address(value) for value in values]
    except ValueError as error:
        raise Unanswered(field, str(error)) from None
    if field.type.startswith("list-"):
        words = [option.value for option in field.options]
        for value in values:
            if value not in words:
                raise Unanswered(field, f"expected one of {', '.join(words)}; found {value!r}")
    return values


def _address(value: str) -> str:
    try:
        jid = JID(value)
    except InvalidJID:
        jid = JID()
    if not jid.domain:
        raise ValueError(f"expected an address such as user@example.org, found {value!r}")
    return jid.full
