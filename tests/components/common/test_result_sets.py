"""XEP-0059: pages of a list."""

from xml.etree.ElementTree import fromstring

import pytest

from components.common.elements import render
from components.common.errors import StanzaError
from components.common.result_sets import NAMESPACE, Page

LETTERS = "abcdefgh"


def page(inner: str, most: int = 3) -> tuple[str, str]:
    """The letters of the page asked for, and its description."""
    request = fromstring(f"<q><set xmlns='{NAMESPACE}'>{inner}</set></q>")
    items, described = Page.read(request, most).of(LETTERS, str)
    return "".join(items), render(described, NAMESPACE)


@pytest.mark.parametrize(
    ("inner", "items", "index"),
    [
        ("", "abc", 0),
        ("<max>2</max>", "ab", 0),
        ("<max>99</max>", "abc", 0),
        ("<max>2</max><after>b</after>", "cd", 2),
        ("<after>g</after>", "h", 7),
        ("<max>2</max><before/>", "gh", 6),
        ("<max>2</max><before>c</before>", "ab", 0),
        ("<before>b</before>", "a", 0),
    ],
)
def test_pages(inner: str, items: str, index: int) -> None:
    """§2.1 to §2.5: forwards, backwards, the last one; never more than the list's own limit."""
    assert page(inner) == (
        items,
        f"<set><first index='{index}'>{items[0]}</first><last>{items[-1]}</last><count>8</count></set>",
    )


def test_only_the_count() -> None:
    """§2.6: max 0 asks for it."""
    assert page("<max>0</max>") == ("", "<set><count>8</count></set>")


def test_after_the_last() -> None:
    """§2.2: an empty page."""
    assert page("<after>h</after>") == ("", "<set><count>8</count></set>")


@pytest.mark.parametrize(
    ("inner", "condition"),
    [
        ("<max>x</max>", "bad-request"),
        ("<max>-1</max>", "bad-request"),
        ("<max>\u0663</max>", "bad-request"),
        ("<after>zz</after>", "item-not-found"),
        ("<before>zz</before>", "item-not-found"),
    ],
)
def test_impossible(inner: str, condition: str) -> None:
    """§2.2: an unknown item is item-not-found."""
    with pytest.raises(StanzaError) as error:
        page(inner)
    assert error.value.condition == condition
