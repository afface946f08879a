"""XEP-0004 §3.3: values of fields by their types."""

from typing import Any

import pytest

from components.common.answers import Answers, Unanswered, values_of
from components.common.forms import Field, Option


@pytest.mark.parametrize(
    ("type", "given", "kept"),
    [
        ("boolean", ["true"], ["1"]),
        ("boolean", ["0"], ["0"]),
        ("boolean", ["on"], ["1"]),
        ("boolean", [], []),
        ("text-single", [" tea "], ["tea"]),
        ("text-single", [""], []),
        ("text-multi", ["one", "", "two "], ["one", "", "two "]),
        ("jid-single", ["Alice@Example.org/desk"], ["alice@example.org/desk"]),
        ("jid-multi", ["a@b", "", "C@d"], ["a@b", "c@d"]),
        ("list-multi", ["x", "y"], ["x", "y"]),
    ],
)
def test_values(type: str, given: list[str], kept: list[str]) -> None:
    field = Field("f", (), type, options=[Option("x", ""), Option("y", "")])
    assert Answers.to([field], {"f": given, "other": ["1"]}).lines("f") == kept


@pytest.mark.parametrize(
    ("type", "given"),
    [
        ("boolean", ["maybe"]),
        ("boolean", ["1", "0"]),
        ("text-single", ["a", "b"]),
        ("jid-single", ["a@"]),
        ("jid-multi", ["a@b", "@"]),
        ("list-single", ["z"]),
    ],
)
def test_impossible_values(type: str, given: list[str]) -> None:
    field = Field("f", (), type, "Label", options=[Option("x", "")])
    with pytest.raises(Unanswered, match="Label: expected"):
        Answers.to([field], {"f": given})


def test_left_out() -> None:
    """The value it was offered with; of what is only shown there is none."""
    fields = [Field("kept", ["x"]), Field("note", ["read this"], "fixed")]
    assert Answers.to(fields, {}).values() == {"kept": ["x"]}
    with pytest.raises(Unanswered, match="is required"):
        Answers.to([Field("f", [" "], required=True)], {})


def test_reading() -> None:
    answers = Answers({"a": ["1"]}).and_then(Answers({"b": ["x", "y"]}))
    assert answers.truth("a")
    assert not answers.truth("c")
    assert (answers.line("b"), answers.line("c"), answers.lines("b")) == ("x", "", ["x", "y"])


@pytest.mark.parametrize(
    ("argument", "values"),
    [(None, []), (True, ["1"]), (False, ["0"]), (7, ["7"]), ("x", ["x"]), (["a", "b"], ["a", "b"])],
)
def test_json(argument: Any, values: list[str]) -> None:
    assert values_of(argument) == values
