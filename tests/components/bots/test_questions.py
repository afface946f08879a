"""What people ask the bot, to all or in private."""

from tests.components.bots.company import Company
from tests.components.muc.conference import ROOM, Person


def asks(company: Company, person: Person, words: str, privately: bool = False) -> str:
    """Its answer to somebody in the room; empty if there is none."""
    person.ignores()
    if privately:
        person.sends(f"<message type='chat' to='{ROOM}/Helper'><body>{words}</body></message>")
    else:
        person.says(words)
    company.settle()
    kind = "chat" if privately else "groupchat"
    answers = [
        stanza.findtext("{*}body") or ""
        for stanza in person.inbox
        if stanza.get("from") == f"{ROOM}/Helper" and stanza.get("type") == kind
    ]
    assert len(answers) <= 1
    return "".join(answers)


def test_help(company: Company, alice: Person) -> None:
    """Every command with a line, in the order of the wiring."""
    lines = asks(company, alice, "!help").splitlines()
    assert [line.split()[0] for line in lines] == ["!help", "!who", "!topic", "!minutes", "!leave"]
    assert all(" - " in line for line in lines)


def test_in_private(company: Company, alice: Person) -> None:
    """Who asks in private is answered there, and nobody else hears of it."""
    bob = company.person("bob").enters("bob")
    company.settle()
    bob.ignores()
    assert asks(company, alice, "!WHO", privately=True) == "2 here besides me: alice (moderator), bob"
    bob.receives_nothing()
    assert asks(company, alice, "!what", privately=True) == "I do not know !what. Say !help."


def test_who(company: Company, alice: Person) -> None:
    company.person("Bob").enters("Bob")
    alice.administers("<item nick='Bob' role='visitor'/>")
    company.settle()
    assert asks(company, alice, "!who") == "2 here besides me: alice (moderator), Bob (visitor)"


def test_topic(company: Company, alice: Person) -> None:
    """Also the one set before it came, and after a restart."""
    assert asks(company, alice, "!topic") == "There is no topic."
    alice.sends(f"<message type='groupchat' to='{ROOM}'><subject>Biscuits</subject></message>")
    company.settle()
    assert asks(company, alice, "!topic") == "The topic is: Biscuits (set by alice)"
    company.restart()
    assert asks(company, alice, "!topic") == "The topic is: Biscuits (set by alice)"


def test_what_is_no_question(company: Company, alice: Person) -> None:
    """Other words, words for other bots, what the bot says itself, and history are left alone."""
    for words in ("help", "I said !help", "!weather tomorrow", "!"):
        assert asks(company, alice, words) == ""
    company.tell(
        f"<message type='groupchat' from='{ROOM}/alice' to='helper@bots.example/bot'><body>!help</body>"
        "<delay xmlns='urn:xmpp:delay' stamp='2026-01-01T00:00:00Z'/></message>"
    )
    company.tell(
        f"<message type='groupchat' from='{ROOM}/Helper' to='helper@bots.example/bot'>"
        "<body>!help</body></message>"
    )
    assert [stanza for stanza in alice.inbox if stanza.get("from") == f"{ROOM}/Helper"] == []


def test_errors_are_not_answered(company: Company, alice: Person) -> None:
    """RFC 6120 §8.3.1."""
    company.tell(
        f"<message type='error' from='{ROOM}/alice' to='helper@bots.example/bot'><body>!help</body>"
        "<error type='cancel'/></message>"
    )
    alice.receives_nothing()


def test_it_cannot_be_sent_out_of_rooms_of_the_configuration(company: Company, alice: Person) -> None:
    assert "configuration says so" in asks(company, alice, "!leave")
    assert company.bot.rooms[ROOM].entered
