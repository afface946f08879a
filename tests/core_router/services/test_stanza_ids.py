"""XEP-0359: who gets an id from the account's server, and which ids are forged."""

import pytest

from tests.core_router.world import Client, World

SID = "urn:xmpp:sid:0"
HINTS = "urn:xmpp:hints"
GIVEN = f"{{{SID}}}stanza-id"


def ids(client: Client, pattern: str = "<message/>") -> list[tuple[str | None, str | None]]:
    """Address and id of every stanza id of the next message."""
    return [(one.get("by"), one.get("id")) for one in client.receives_next(pattern).iterfind(GIVEN)]


@pytest.mark.parametrize("type", ["", "chat", "normal"])
@pytest.mark.parametrize("to", ["bob@localhost", "bob@localhost/desk"])
def test_a_message_gets_an_id_of_the_account(alice: Client, bob: Client, type: str, to: str) -> None:
    """§3, rule 7."""
    for _ in range(2):
        alice.sends(f"<message type='{type or 'normal'}' to='{to}'><body>Hello</body></message>")
    [(by, first)], [(_, second)] = ids(bob), ids(bob)
    assert by == "bob@localhost"
    assert first and second and first != second


@pytest.mark.parametrize(
    ("type", "content"),
    [
        ("groupchat", "<body>The room gives ids</body>"),
        ("headline", "<body>News</body>"),
        ("error", "<body>Back</body><error type='cancel'/>"),
        ("chat", "<composing xmlns='http://jabber.org/protocol/chatstates'/>"),
        ("chat", f"<body>Not kept</body><no-store xmlns='{HINTS}'/>"),
    ],
)
def test_what_nobody_will_look_for_again_gets_none(
    alice: Client, bob: Client, type: str, content: str
) -> None:
    alice.sends(f"<message type='{type}' to='bob@localhost/desk'>{content}</message>")
    assert ids(bob) == []


def test_what_is_to_be_stored_gets_one(alice: Client, bob: Client) -> None:
    """XEP-0334 §4.4: as what is encrypted and has no body."""
    alice.sends(
        f"<message type='chat' to='bob@localhost'><e xmlns='urn:x'/><store xmlns='{HINTS}'/></message>"
    )
    assert len(ids(bob, "<message><e xmlns='urn:x'/></message>")) == 1


@pytest.mark.parametrize("by", ["bob@localhost", "BOB@localhost", "bob@LOCALHOST"])
def test_a_forged_id_is_taken_out(alice: Client, bob: Client, by: str) -> None:
    """§3, rule 2: also where none is added; addresses are compared as addresses."""
    forged = f"<stanza-id xmlns='{SID}' by='{by}' id='forged'/>"
    alice.sends(f"<message type='chat' to='bob@localhost'>{forged}<body>Hello</body>{forged}</message>")
    [(address, identifier)] = ids(bob, "<message><body>Hello</body></message>")
    assert address == "bob@localhost"
    assert identifier != "forged"
    alice.sends(f"<message type='headline' to='bob@localhost'>{forged}<body>Hello</body></message>")
    assert ids(bob) == []


def test_ids_of_others_stay(alice: Client, bob: Client) -> None:
    """§3, rule 3."""
    others = (
        f"<stanza-id xmlns='{SID}' by='room@conference.localhost' id='1'/>"
        f"<stanza-id xmlns='{SID}' by='alice@localhost' id='2'/>"
        f"<stanza-id xmlns='{SID}' by='not @n address' id='3'/>"
        f"<stanza-id xmlns='{SID}' id='4'/>"
        f"<origin-id xmlns='{SID}' id='5'/>"
    )
    alice.sends(f"<message type='groupchat' to='bob@localhost/desk'>{others}</message>")
    bob.receives_next(f"<message>{others}</message>")


def test_an_account_says_that_it_keeps_the_rules(alice: Client) -> None:
    """§5."""
    answer = alice.asks("<query xmlns='http://jabber.org/protocol/disco#info'/>", to=alice.bare)
    assert SID in {feature.get("var") for feature in answer[0]}


def test_the_id_stays_the_same_however_late_the_message_comes(world: World, alice: Client) -> None:
    """It is given when the message arrives, not when it is delivered."""
    world.account("bob@localhost")
    alice.sends("<message type='chat' to='bob@localhost'><body>Hello</body></message>")
    [stored] = world.accounts.rows["bob@localhost"].messages
    bob = world.client("bob@localhost/desk")
    [(_, identifier)] = ids(bob)
    assert f"id='{identifier}'".encode() in stored.stanza
