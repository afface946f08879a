"""What attackers and broken clients send: each gets its refusal, and nobody else notices."""

import base64

import pytest

from tests.scenarios.dialogue import Party
from tests.scenarios.login import SASL, TLS, auth, authenticate, open_stream, start_tls
from tests.scenarios.scene import PASSWORD, Connect, Scene

STREAMS = "http://etherx.jabber.org/streams"


def header(to: str = "localhost", namespace: str = "jabber:client", stream: str = STREAMS) -> str:
    return f"<stream:stream xmlns='{namespace}' xmlns:stream='{stream}' to='{to}' version='1.0'>"


BILLION_LAUGHS = (
    "<?xml version='1.0'?><!DOCTYPE s [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;&a;'>]>" + header() + "&b;"
)

# What a stranger sends first, and the stream error for it (RFC 6120 §4.9.3).
FIRST_WORDS = {
    "no XML": ("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", "not-well-formed"),
    "another root element": ("<html xmlns='http://www.w3.org/1999/xhtml'>", "bad-format"),
    "a DTD": (BILLION_LAUGHS, "restricted-xml"),
    "a comment": ("<!-- hello -->" + header(), "restricted-xml"),
    "a processing instruction": ("<?php evil() ?>" + header(), "restricted-xml"),
    "another encoding": ("<?xml version='1.0' encoding='ISO-8859-1'?>" + header(), "unsupported-encoding"),
    "UTF-16": (header().encode("utf-16-le"), "unsupported-encoding"),
    "UTF-16 with its mark": (("\ufeff" + header()).encode("utf-16-be"), "unsupported-encoding"),
    "another content namespace": (header(namespace="jabber:server"), "invalid-namespace"),
    "another stream namespace": (header(stream="urn:example:streams"), "invalid-namespace"),
    "another host": (header(to="example.invalid"), "host-unknown"),
    "a host that is none": (header(to="a b"), "improper-addressing"),
    "another version": (header().replace("1.0", "0.9"), "unsupported-version"),
    "a never-ending header": ("<stream:stream " + "x" * 20_000, "policy-violation"),
    "a header with many attributes": (
        header()[:-1] + "".join(f" a{number}='1'" for number in range(500)) + ">",
        "policy-violation",
    ),
}

# What a stranger sends after the header.
UNAUTHENTICATED = {
    "a message": ("<message to='bob@localhost'><body>!</body></message>", "not-authorized"),
    "a presence": ("<presence/>", "not-authorized"),
    "binding": (
        "<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>",
        "not-authorized",
    ),
    "tags that do not match": ("<message><body></message>", "not-well-formed"),
    "an attribute twice": ("<message a='1' a='2'/>", "not-well-formed"),
    "an unquoted attribute": ("<message a=1/>", "not-well-formed"),
    "bytes that are not UTF-8": (b"<message>\xff\xfe</message>", "not-well-formed"),
    "an overlong encoding": (b"<message>\xc0\xaf</message>", "not-well-formed"),
    "a surrogate": (b"<message>\xed\xa0\x80</message>", "not-well-formed"),
    "a zero byte": (b"<message>\0</message>", "not-well-formed"),
    "a character that XML has not": ("<message>&#1;</message>", "not-well-formed"),
    "a comment": ("<message><!-- hello --></message>", "restricted-xml"),
    "a processing instruction": ("<message><?x y?></message>", "restricted-xml"),
    "an entity": ("<message>&ha;</message>", "restricted-xml"),
    "a prefix without a namespace": ("<x:message/>", "bad-namespace-prefix"),
    "a separator in a namespace": ("<message xmlns='jabber:client}iq'/>", "not-well-formed"),
    "text between stanzas": ("hello<presence/>", "bad-format"),
    "an element nobody knows": ("<hello xmlns='urn:example'/>", "unsupported-stanza-type"),
    "an element that is too large": (f"<message><body>{'x' * 20_000}</body></message>", "policy-violation"),
    "a never-ending tag": ("<message " + "x" * 20_000, "policy-violation"),
    "a never-ending attribute": ("<message a='" + "x" * 20_000, "policy-violation"),
    "many attributes": (
        "<message" + "".join(f" a{number}=''" for number in range(500)) + "/>",
        "policy-violation",
    ),
    "deep nesting": ("<message>" + "<a>" * 1000, "policy-violation"),
}

# What a client that has a session sends.
AUTHENTICATED = {
    "tags that do not match": ("<message><body></message>", "not-well-formed"),
    "bytes that are not UTF-8": (b"<message><body>\xff\xfe</body></message>", "not-well-formed"),
    "a comment": ("<message><!-- hello --></message>", "restricted-xml"),
    "an entity": ("<message>&ha;</message>", "restricted-xml"),
    "a prefix without a namespace": ("<message><x:a/></message>", "bad-namespace-prefix"),
    "text between stanzas": ("hello<presence/>", "bad-format"),
    "an element nobody knows": ("<hello xmlns='urn:example'/>", "unsupported-stanza-type"),
    "a stanza of another namespace": ("<message xmlns='jabber:server'/>", "unsupported-stanza-type"),
    "somebody else's address": ("<message from='somebody@localhost' to='localhost'/>", "invalid-from"),
    "the server's address": ("<message from='localhost' to='localhost'/>", "invalid-from"),
    "an address that is none": ("<message from='@' to='localhost'/>", "invalid-from"),
    "a stanza that is too large": (f"<message><body>{'x' * 300_000}</body></message>", "policy-violation"),
    "a never-ending tag": ("<message " + "x" * 300_000, "policy-violation"),
    "many attributes": (
        "<message><a" + "".join(f" a{number}=''" for number in range(500)) + "/></message>",
        "policy-violation",
    ),
    "many elements": ("<message>" + "<a/>" * 10_000 + "</message>", "policy-violation"),
    "deep nesting": ("<message>" + "<a>" * 1000, "policy-violation"),
}

# A SASL <auth/> or what follows, and the failure for it (RFC 6120 §6.5).
SASL_NONSENSE = {
    "a mechanism nobody has": (auth("MAGIC", b""), "invalid-mechanism"),
    "what is no base64": (f"<auth xmlns='{SASL}' mechanism='PLAIN'>@@@</auth>", "incorrect-encoding"),
    "half of PLAIN": (auth("PLAIN", b"\0alice"), "malformed-request"),
    "nothing at all": (f"<auth xmlns='{SASL}' mechanism='SCRAM-SHA-1'>=</auth>", "malformed-request"),
    "half of SCRAM": (auth("SCRAM-SHA-1", b"n,,n=alice"), "malformed-request"),
    "an answer without a question": (f"<response xmlns='{SASL}'/>", "malformed-request"),
    "text that is not UTF-8": (auth("PLAIN", b"\0\xff\0\xff"), "malformed-request"),
}


async def _opened(scene: Scene) -> Party:
    party = await scene.stranger()
    await open_stream(party)
    return party


@pytest.mark.parametrize(("sent", "condition"), FIRST_WORDS.values(), ids=FIRST_WORDS)
async def test_a_stream_that_begins_wrong(scene: Scene, sent: str | bytes, condition: str) -> None:
    """RFC 6120 §4.9.1.2: the server's header comes first, then the error."""
    stranger = await scene.stranger()
    await stranger.sends(sent)
    await stranger.is_told(condition)
    assert stranger.stream.header["from"] == scene.domain
    assert stranger.stream.header["id"]


@pytest.mark.parametrize(("sent", "condition"), UNAUTHENTICATED.values(), ids=UNAUTHENTICATED)
async def test_before_login(scene: Scene, sent: str | bytes, condition: str) -> None:
    stranger = await _opened(scene)
    await stranger.sends(sent)
    await stranger.is_told(condition)


@pytest.mark.parametrize(("sent", "condition"), AUTHENTICATED.values(), ids=AUTHENTICATED)
async def test_after_login(connect: Connect, sent: str | bytes, condition: str) -> None:
    """The session ends; another session of the same account and others' go on."""
    mallory, sibling = await connect("mallory", available=False), await connect("mallory", available=False)
    alice, bob = await connect("alice"), await connect("bob")
    await mallory.sends(sent)
    await mallory.is_told(condition)
    await alice.sends(f"<message to='{bob.jid}'><body>Did you notice?</body></message>")
    await bob.receives_next(f"<message from='{alice.jid}'><body>Did you notice?</body></message>")
    await sibling.is_answered()


async def test_a_stanza_in_pieces_is_no_crime(connect: Connect) -> None:
    """The limits are for what is too much, not for what is slow."""
    alice, bob = await connect("alice"), await connect("bob")
    for byte in f"<message to='{bob.jid}'><body>Größe</body></message>".encode():
        await alice.sends(bytes((byte,)))
    await bob.receives(f"<message from='{alice.jid}'><body>Größe</body></message>")


async def test_the_largest_stanza_there_may_be(connect: Connect) -> None:
    """RFC 6120 §13.12, point 4: the limit is 10,000 bytes at least; ours is 256 KB."""
    alice, bob = await connect("alice"), await connect("bob")
    text = "x" * 262_000
    await alice.sends(f"<message to='{bob.jid}'><body>{text}</body></message>")
    await bob.receives(f"<message><body>{text}</body></message>")


async def test_what_was_sent_before_tls_is_not_taken_for_what_comes_under_it(scene: Scene) -> None:
    """RFC 6120 §5.4.3.3: nothing is kept of what was received before, and injected text is none."""
    stranger = await _opened(scene)
    await stranger.sends(f"<starttls xmlns='{TLS}'/><presence id='injected'/>")
    await stranger.is_told("policy-violation")


async def test_after_login_the_stream_stays_with_its_domain(scene: Scene) -> None:
    """CVE-2018-10847: who logged in to one domain must not open the stream for another."""
    party = await _opened(scene)
    await start_tls(party, scene.context)
    await party.sends(auth("PLAIN", f"\0{scene.user('alice')}\0{PASSWORD}".encode()))
    await party.receives(f"<success xmlns='{SASL}'/>")
    await party.stream.restart(f"conference.{scene.domain}")
    await party.is_told("host-unknown")


@pytest.mark.parametrize(("sent", "condition"), SASL_NONSENSE.values(), ids=SASL_NONSENSE)
async def test_nonsense_instead_of_a_login(scene: Scene, sent: str, condition: str) -> None:
    """RFC 6120 §6.5: a failure, after which the right login still works."""
    party = await scene.stranger(direct_tls=True)
    await open_stream(party)
    await party.sends(sent)
    await party.receives(f"<failure xmlns='{SASL}'><{condition}/></failure>")
    await authenticate(party, scene.user("alice"), PASSWORD, "PLAIN")


async def test_nobody_logs_in_for_somebody_else(scene: Scene) -> None:
    """RFC 6120 §6.3.8, §6.5.7 (CVE-2017-10807): an authorization identity that is not one's own."""
    party = await scene.stranger(direct_tls=True)
    await open_stream(party)
    claim = f"{scene.bare('bob')}\0{scene.user('alice')}\0{PASSWORD}"
    await party.sends(auth("PLAIN", claim.encode()))
    await party.receives(f"<failure xmlns='{SASL}'><invalid-authzid/></failure>")
    own = f"{scene.bare('alice')}\0{scene.user('alice')}\0{PASSWORD}"
    await party.sends(auth("PLAIN", own.encode()))
    await party.receives(f"<success xmlns='{SASL}'/>")


async def test_an_exchange_can_be_given_up_and_begun_again(scene: Scene) -> None:
    """RFC 6120 §6.4.4, §6.5.1."""
    party = await scene.stranger(direct_tls=True)
    await open_stream(party)
    await party.sends(auth("SCRAM-SHA-1", f"n,,n={scene.user('alice')},r=abc".encode()))
    await party.receives(f"<challenge xmlns='{SASL}'/>")
    await party.sends(f"<abort xmlns='{SASL}'/>")
    await party.receives(f"<failure xmlns='{SASL}'><aborted/></failure>")
    await authenticate(party, scene.user("alice"), PASSWORD, "SCRAM-SHA-1")


async def test_an_old_challenge_is_worth_nothing(scene: Scene) -> None:
    """RFC 5802 §5.1: the server's part of the nonce makes every exchange another."""
    party = await scene.stranger(direct_tls=True)
    await open_stream(party)
    await party.sends(auth("SCRAM-SHA-1", f"n,,n={scene.user('alice')},r=abc".encode()))
    await party.receives(f"<challenge xmlns='{SASL}'/>")
    proof = base64.b64encode(bytes(20)).decode()
    final = base64.b64encode(f"c=biws,r=abcREPLAYED,p={proof}".encode()).decode()
    await party.sends(f"<response xmlns='{SASL}'>{final}</response>")
    await party.receives(f"<failure xmlns='{SASL}'/>")
