"""Children are cut from a stanza's content without a byte of them changing."""

import pytest

from core_router.envelope import Envelope
from core_router.framing.children import Child, cut_children
from core_router.xmpp.jid import parse_jid


@pytest.mark.parametrize(
    ("raw", "name", "attributes"),
    [
        (b"<body>Hello</body>", "{jabber:client}body", {}),
        (b"<body xmlns='jabber:client'/>", "{jabber:client}body", {}),
        (b"<x xmlns='urn:a' b='c'/>", "{urn:a}x", {"b": "c"}),
        (b"<a:x xmlns:a='urn:a' a:b='c' />", "{urn:a}x", {"urn:a}b": "c"}),
        (b"<x xmlns='urn:a' b=\"'>\" c='/>'><y xmlns=''><z/></y></x>", "{urn:a}x", {"b": "'>", "c": "/>"}),
        (b"<body>&lt;x/&gt; &#x1F682; <![CDATA[</body>]]></body>", "{jabber:client}body", {}),
        ("<body xml:lang='de'>Größe 🚂</body >".encode(), "{jabber:client}body", {}),
    ],
)
def test_each_child_stays_as_it_was_sent(raw: bytes, name: str, attributes: dict[str, str]) -> None:
    before, after = b"<before/>", b"<after>last</after>"
    found = cut_children(before + raw + b" \n " + after)
    assert [child.raw for child in found] == [before, raw, after]
    assert found[1].name == name
    assert attributes.items() <= found[1].attributes.items()


def test_no_content_has_no_children() -> None:
    assert cut_children(b"") == []


def test_a_stanza_without_some_of_its_children() -> None:
    to, sender = parse_jid("bob@localhost"), parse_jid("alice@localhost/home")
    stanza = Envelope(
        "message", to, sender, id="1", type="chat",
        content=b"<body>Hello</body><x xmlns='urn:a'/><x xmlns='urn:b'/>",
        children=("{jabber:client}body", "{urn:a}x", "{urn:b}x"),
    )  # fmt: skip

    def unwanted(child: Child) -> bool:
        return child.name == "{urn:a}x"

    rest = stanza.without(unwanted)
    assert rest.content == b"<body>Hello</body><x xmlns='urn:b'/>"
    assert rest.children == ("{jabber:client}body", "{urn:b}x")
    assert (rest.to, rest.from_, rest.id, rest.type) == (to, sender, "1", "chat")
    assert stanza.children == ("{jabber:client}body", "{urn:a}x", "{urn:b}x")
