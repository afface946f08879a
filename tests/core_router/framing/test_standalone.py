"""First-level elements outside a stream's document."""

import pytest
from lxml import etree

from core_router.framing.standalone import standalone


@pytest.mark.parametrize(
    ("element", "name"),
    [
        (b"<message to='a@b'><body>x</body></message>", "{jabber:client}message"),
        (b"<presence/>", "{jabber:client}presence"),
        (b"<iq type='result'/>", "{jabber:client}iq"),
        (
            b"<stream:features><a xmlns='urn:a'/></stream:features>",
            "{http://etherx.jabber.org/streams}features",
        ),
        (b"<stream:error><a xmlns='urn:a'/></stream:error>", "{http://etherx.jabber.org/streams}error"),
        (b"<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>", "{urn:ietf:params:xml:ns:xmpp-sasl}success"),
        (b"<messages xmlns='urn:m'/>", "{urn:m}messages"),
    ],
)
def test_it_is_a_document_with_the_names_the_stream_gave_it(element: bytes, name: str) -> None:
    """RFC 7395 §3.3.3."""
    document = standalone(element)
    assert etree.fromstring(document).tag == name
    assert document.startswith(element.partition(b" ")[0].partition(b"/")[0].partition(b">")[0])


def test_nothing_else_is_changed() -> None:
    content = b"<body>a &lt;message/&gt; &#9; <x xmlns='urn:x'>\xc3\xa9</x></body>"
    assert standalone(b"<message id='1'>" + content + b"</message>") == (
        b"<message xmlns='jabber:client' id='1'>" + content + b"</message>"
    )
