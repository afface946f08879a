"""XEP-0045 §7.8.2, XEP-0249: who may invite the bot, and that it stays until it is sent away."""

import pytest

from components.bots.config import BotsSettings
from tests.components.bots.company import HELPER, Company
from tests.components.bots.test_questions import asks
from tests.components.muc.conference import ROOM, USER, Conference, Person

DIRECT = "jabber:x:conference"


@pytest.fixture
def company(conference: Conference, alice: Person) -> Company:
    """The bot has no rooms."""
    return Company(conference)


def invites(company: Company, person: Person, room: str = ROOM) -> None:
    """By the room, as clients do it."""
    person.sends(
        f"<message to='{room}'><x xmlns='{USER}'><invite to='{HELPER}'><reason>Please</reason>"
        "</invite></x></message>"
    )
    company.settle()


def invites_directly(company: Company, jid: str, password: str = "") -> None:
    """Past the room."""
    secret = f" password='{password}'" if password else ""
    company.tell(f"<message from='{jid}' to='{HELPER}'><x xmlns='{DIRECT}' jid='{ROOM}'{secret}/></message>")
    company.settle()


def is_there(company: Company) -> bool:
    room = company.conference.service.rooms.get("tea")
    return room is not None and "Helper" in room.occupants


def test_an_invitation_by_the_room(company: Company, alice: Person) -> None:
    """Into a members-only room, too: the invitation makes it a member. It greets who comes later."""
    alice.configures(membersonly="1", persistentroom="1")
    invites(company, alice)
    assert is_there(company)
    company.restart()
    assert is_there(company)
    assert "!minutes" in asks(company, alice, "!help")


def test_a_direct_invitation(company: Company, alice: Person) -> None:
    alice.configures(passwordprotectedroom="1", roomsecret="crumpet", persistentroom="1")
    invites_directly(company, "bob@example/x", "crumpet")
    assert is_there(company)


@pytest.mark.parametrize(
    ("allowed", "comes"),
    [("nobody", ""), ("administrators", "admin"), ("local", "admin bob"), ("anyone", "admin bob eve")],
)
def test_who_may(company: Company, alice: Person, allowed: str, comes: str) -> None:
    """By configuration; who may not is told so."""
    company.reconfigure(BotsSettings(invited_by=allowed))  # type: ignore[arg-type]
    for name, jid in (("admin", "admin@example/x"), ("bob", "bob@example/x"), ("eve", "eve@else/x")):
        invites_directly(company, jid)
        assert is_there(company) == (name in comes.split())
        if is_there(company):
            company.sends_away(ROOM)
        else:
            company.conference.person(jid.partition("/")[0]).receives("<message type='chat'/>")


def test_a_refused_invitation_is_declined(company: Company, alice: Person) -> None:
    """§7.8.3: who invited hears it by the room."""
    company.reconfigure(BotsSettings(invited_by="nobody"))
    alice.ignores()
    invites(company, alice)
    alice.receives(f"<message from='{ROOM}'><x xmlns='{USER}'><decline><reason/></decline></x></message>")
    assert not is_there(company)


def test_rooms_of_strangers_are_not_believed(company: Company) -> None:
    """They could name anybody as the one who invites."""
    company.tell(
        f"<message from='trap@rooms.else' to='{HELPER}'><x xmlns='{USER}'>"
        "<invite from='admin@example'/></x></message>"
    )
    assert not company.bot.rooms
    company.conference.person("trap@rooms.else").receives(
        f"<message><x xmlns='{USER}'><decline to='admin@example'/></x></message>"
    )


def test_it_is_sent_away(company: Company, alice: Person) -> None:
    """By moderators; then it knows nothing of the room any more."""
    bob = company.person("bob").enters("bob")
    invites(company, alice)
    assert asks(company, bob, "!leave") == "Only moderators may send me away."
    assert asks(company, alice, "!leave") == "Good bye."
    assert not is_there(company)
    assert not company.rows


def test_it_is_thrown_out(company: Company, alice: Person) -> None:
    """It does not come back by itself."""
    invites(company, alice)
    alice.administers("<item nick='Helper' role='none'/>")
    company.settle()
    company.conference.later(days=1)
    company.makes_rounds()
    assert not is_there(company)
    assert not company.rows


def test_a_room_that_does_not_let_it_in(company: Company, alice: Person) -> None:
    """It is not tried again."""
    alice.configures(membersonly="1", persistentroom="1")
    invites_directly(company, "bob@example/x")
    assert not company.bot.rooms
    assert not company.rows


def test_an_invitation_to_where_it_is(company: Company, alice: Person) -> None:
    invites(company, alice)
    before = dict(company.rows)
    invites(company, alice)
    assert is_there(company)
    assert company.rows == before


def test_an_invitation_that_is_none(company: Company) -> None:
    company.tell(f"<message from='bob@example/x' to='{HELPER}'><x xmlns='{DIRECT}' jid='@'/></message>")
    assert not company.bot.rooms
