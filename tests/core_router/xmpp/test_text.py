"""Escaping: what goes out comes in again as the same text, in quotes and between tags."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from core_router.xmpp.text import escape

# What XML 1.0 §2.2 allows at all.
_CHARACTERS = st.sampled_from("\t\n\r<>&'\"") | st.characters(
    min_codepoint=0x20, exclude_categories=["Cs"], exclude_characters="\ufffe\uffff"
)


@given(st.text(_CHARACTERS))
@pytest.mark.parametrize("quote", ["'", '"'])
def test_text_survives_in_quotes_of_either_kind(quote: str, text: str) -> None:
    """XML 1.0 §3.3.3: white space in an attribute would be made spaces if it were not escaped."""
    assert etree.fromstring(f"<a b={quote}{escape(text)}{quote}/>").get("b") == text


@given(st.text(_CHARACTERS))
def test_text_survives_between_tags(text: str) -> None:
    """XML 1.0 §2.11: so would a carriage return become a line feed."""
    assert (etree.fromstring(f"<a>{escape(text)}</a>").text or "") == text


def test_text_that_needs_no_escaping_is_handed_back_as_it_is() -> None:
    text = "Grüße aus 漢字"
    assert escape(text) is text


def test_no_markup_can_be_smuggled() -> None:
    assert escape("]]><b a='1' b=\"2\">&amp;") == "]]&gt;&lt;b a=&apos;1&apos; b=&quot;2&quot;&gt;&amp;amp;"
