"""label=value, label!=value, wildcards and alternatives."""

import pytest

from components.notifier.alerts.matchers import Matcher, words

LABELS = {"host": "web12.example", "empty": ""}


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("host=web12.example", True),
        ("host=web12", False),
        ("host=web*", True),
        ("host=*example", True),
        ("host=w*1*.*e", True),
        ("host=*web12.example*", True),
        ("host=web12.example*e", False),
        ("host=db|web*", True),
        ("host!=db|web*", False),
        ("host!=db", True),
        ("missing=", True),
        ("missing!=", False),
        ("missing=*", True),
        ("empty=", True),
    ],
)
def test_what_holds(text: str, holds: bool) -> None:
    matcher = Matcher.read(text)
    assert matcher.matches(LABELS) is holds
    assert str(matcher) == text


@pytest.mark.parametrize("text", ["", "host", "=x", "ho st=x", "1=2", "a=" + "x" * 501])
def test_what_is_none(text: str) -> None:
    with pytest.raises(ValueError, match="expected label=value"):
        Matcher.read(text)


def test_no_pattern_takes_for_ever() -> None:
    """People write them in chat: the classic that never ends is over after as many steps as it has parts."""
    matcher = Matcher.read("host=" + "*a" * 200 + "*b")
    assert not matcher.matches({"host": "a" * 4000})


def test_quotes_keep_words_together() -> None:
    """A quote without its other half is a character like others."""
    assert words('title="disk full" 2h') == ["title=disk full", "2h"]
    assert words("don't stop") == ["don't", "stop"]
