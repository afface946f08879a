"""The patterns of the dialogues."""

import pytest

from tests.scenarios.matching import difference, element, present

FOUND = (
    "<message from='bob@localhost/desk' to='alice@localhost' type='chat' id='m1'>"
    "<body>Hello</body><x xmlns='urn:example'><y>1</y><y>2</y></x></message>"
)


@pytest.mark.parametrize(
    "pattern",
    [
        "<message/>",
        "<message type='chat'/>",
        "<message id='*'><body/></message>",
        "<message><body>*</body></message>",
        "<message><body> Hello </body></message>",
        "<message><x xmlns='urn:example'/><body>Hello</body></message>",  # in whatever order
        "<message><x xmlns='urn:example'><y>2</y><y>1</y></x></message>",
    ],
)
def test_what_matches(pattern: str) -> None:
    assert difference(element(pattern), element(FOUND)) is None


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        ("<presence/>", "<message> instead of <presence>"),
        ("<message xmlns='jabber:server'/>", "<message> instead of <message xmlns=jabber:server>"),
        ("<message type='normal'/>", "<message> has type='chat' instead of 'normal'"),
        ("<message lang='*'/>", "<message> has lang=None instead of '*'"),
        ("<message><body>Bye</body></message>", "<body> has the text 'Hello' instead of 'Bye'"),
        ("<message><subject/></message>", "<message> has no <subject/>"),
        (
            "<message><x xmlns='urn:example'><y>1</y><y>1</y></x></message>",  # each needs one of its own
            "<y xmlns=urn:example> has the text '2' instead of '1'",
        ),
    ],
)
def test_what_does_not_match_and_why(pattern: str, why: str) -> None:
    assert difference(element(pattern), element(FOUND)) == why


def test_what_must_not_be_there() -> None:
    assert present(("<subject/>", "<body/>"), element(FOUND)) == "<body/>"
    assert present(("<subject/>",), element(FOUND)) is None
