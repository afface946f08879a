"""How the bot comes into rooms, stays in them, and greets whom it meets there, once."""

from collections.abc import Callable

import pytest

from components.bots.attendance import FIRST_RETRY, LOOK
from components.bots.config import BotsSettings, RoomSettings
from components.common.transaction import Transaction
from tests.components.bots.company import HELPER, Company
from tests.components.muc.conference import ROOM, Conference, Person

WELCOME = f"<message type='groupchat' from='{ROOM}/Helper'><body>Welcome, %s!</body></message>"


def enters(company: Company, name: str) -> Person:
    """Somebody comes in; nothing of what they see is claimed."""
    person = company.person(name).enters(name)
    company.settle()
    return person


def leaves(company: Company, name: str) -> None:
    company.person(name).sends(f"<presence type='unavailable' to='{ROOM}/{name}'/>")
    company.settle()


def restart_rooms(company: Company) -> None:
    company.conference.restart()
    company.settle()


def restart_bot(company: Company) -> None:
    company.restart()


def restart_link(company: Company) -> None:
    company.renews_the_link()


def greetings(person: Person) -> list[str]:
    """The greetings among what somebody has seen, which is claimed."""
    bodies = [stanza.findtext("{*}body") or "" for stanza in person.inbox]
    person.ignores()
    return [body for body in bodies if body.startswith("Welcome")]


def test_it_is_in_the_rooms_of_the_configuration(company: Company) -> None:
    """As an ordinary occupant, without affiliation."""
    room = company.conference.service.rooms["tea"]
    assert room.occupants["Helper"].bare == HELPER
    assert company.bot.rooms[ROOM].entered
    assert [*company.bot.rooms[ROOM].occupants] == ["alice"]


def test_newcomers_are_greeted(company: Company, alice: Person) -> None:
    """Who was there before it is none."""
    assert greetings(alice) == []
    enters(company, "bob")
    alice.receives(f"<presence from='{ROOM}/bob'/>", WELCOME % "bob")


def test_nobody_is_greeted_twice(company: Company, alice: Person) -> None:
    """Not on the next visit, nor under another nickname."""
    enters(company, "bob")
    leaves(company, "bob")
    alice.ignores()
    company.person("bob").enters("robert")
    company.settle()
    assert greetings(alice) == []


@pytest.mark.parametrize("restart", [restart_rooms, restart_bot, restart_link])
def test_restarts_greet_nobody_again(
    company: Company, alice: Person, restart: Callable[[Company], None]
) -> None:
    """Of the room service, of the bot, of the link between: it is there, and knows whom it has met."""
    enters(company, "bob")
    alice.ignores()
    restart(company)
    assert greetings(alice) == []
    assert [*company.bot.rooms[ROOM].occupants] == ["alice", "bob"]
    enters(company, "carol")
    assert greetings(alice) == ["Welcome, carol!"]


def test_who_came_while_it_was_away_is_greeted_in_one_message(company: Company, alice: Person) -> None:
    """What waited for it tells of the first; the others it finds in the room."""
    company.is_away = True
    for name in ("bob", "carol"):
        enters(company, name)
    leaves(company, "carol")
    helper = company.conference.person(f"{HELPER}/bot")
    helper.ignores()  # lost, as when the link could not be resumed
    alice.ignores()
    enters(company, "dora")
    helper.ignores()
    company.restart()
    assert greetings(alice) == ["Welcome, bob, dora!"]


def test_what_waited_for_it_is_handled_on_return(company: Company, alice: Person) -> None:
    """The lossless link hands over what came meanwhile, and each is greeted once."""
    company.is_away = True
    enters(company, "bob")
    company.restart()
    assert greetings(alice) == ["Welcome, bob!"]


def test_other_greetings_and_none(conference: Conference, alice: Person) -> None:
    company = Company(conference, rooms={ROOM: RoomSettings(greeting="")})
    alice.ignores()
    enters(company, "bob")
    assert greetings(alice) == []
    company.reconfigure(BotsSettings(rooms={ROOM: RoomSettings(greeting="Welcome to {room}, {nick}")}))
    enters(company, "carol")
    assert greetings(alice) == [f"Welcome to {ROOM}, carol"]


def test_names_change(company: Company, alice: Person) -> None:
    """XEP-0045 §7.6: no newcomer."""
    enters(company, "bob")
    alice.ignores()
    company.person("bob").sends(f"<presence to='{ROOM}/rob'/>")
    company.settle()
    assert [*company.bot.rooms[ROOM].occupants] == ["alice", "rob"]
    assert greetings(alice) == []


def test_its_nickname_is_taken(conference: Conference, alice: Person) -> None:
    """§7.2.9: it takes a similar one."""
    conference.person("eve@example/x").enters("Helper").ignores()
    company = Company(conference, rooms={ROOM: RoomSettings()})
    assert conference.service.rooms["tea"].occupants["Helper_"].bare == HELPER
    assert company.bot.rooms[ROOM].address == f"{ROOM}/Helper_"


def test_it_is_not_let_in(conference: Conference, alice: Person) -> None:
    """It tries again, later each time; and comes as soon as it may."""
    alice.configures(membersonly="1", persistentroom="1")
    company = Company(conference, rooms={ROOM: RoomSettings()})
    room = company.bot.rooms[ROOM]
    assert not room.entered
    for failures, wait in ((1, FIRST_RETRY), (2, 2 * FIRST_RETRY)):
        conference.later(seconds=wait.total_seconds() - 1)
        company.makes_rounds()
        assert room.failures == failures
        conference.later(seconds=1)
        company.makes_rounds()
        assert room.failures == failures + 1
    alice.administers(f"<item affiliation='member' jid='{HELPER}'/>")
    conference.later(hours=1)
    company.makes_rounds()
    assert room.entered
    assert room.failures == 0


def test_it_looks_whether_it_is_still_there(company: Company) -> None:
    """XEP-0410: a room that has lost it is entered again; nobody is greeted for that."""
    room = company.conference.service.rooms["tea"]
    company.conference.later(seconds=LOOK.total_seconds())
    company.makes_rounds()
    assert company.bot.rooms[ROOM].seen is None
    lost = room.occupants["Helper"]
    room.leave(Transaction(company.conference.now), lost, lost.current)
    company.conference.later(seconds=LOOK.total_seconds())
    company.makes_rounds()
    assert room.occupants["Helper"].bare == HELPER


def test_it_returns_after_it_was_kicked(company: Company, alice: Person) -> None:
    """It stands in the configuration, so it belongs there; after a while."""
    alice.administers("<item nick='Helper' role='none'/>")
    company.settle()
    room = company.conference.service.rooms["tea"]
    assert "Helper" not in room.occupants
    company.makes_rounds()
    assert "Helper" not in room.occupants
    company.conference.later(seconds=LOOK.total_seconds())
    company.makes_rounds()
    assert "Helper" in room.occupants


def test_a_room_that_is_taken_out_of_the_configuration(company: Company) -> None:
    """The bot leaves, and nothing of the room is kept."""
    company.reconfigure(BotsSettings())
    assert "Helper" not in company.conference.service.rooms["tea"].occupants
    assert not company.rows


def test_a_room_that_does_not_exist(conference: Conference) -> None:
    """It makes none; when there is one, it comes."""
    company = Company(conference, rooms={ROOM: RoomSettings()})
    assert not conference.service.rooms
    conference.person("alice@example/x").enters("alice").configures(persistentroom="1")
    conference.later(seconds=LOOK.total_seconds())
    company.makes_rounds()
    assert company.bot.rooms[ROOM].entered


def test_a_password(conference: Conference, alice: Person) -> None:
    alice.configures(passwordprotectedroom="1", roomsecret="crumpet", persistentroom="1")
    company = Company(conference, rooms={ROOM: RoomSettings(password="crumpet")})
    assert company.bot.rooms[ROOM].entered


def test_direct_presence_and_requests(company: Company) -> None:
    """XEP-0030, XEP-0199; it has no presence outside rooms, and there is nobody else at its domain."""
    carol = company.conference.person("carol@example/x")
    company.tell(f"<presence type='subscribe' from='carol@example' to='{HELPER}'/>")
    company.conference.person("carol@example").receives("<presence type='unsubscribed'/>")
    query = "<query xmlns='http://jabber.org/protocol/disco#info'/>"
    company.tell(f"<iq type='get' id='1' from='{carol.jid}' to='{HELPER}/bot'>{query}</iq>")
    carol.receives(
        "<iq type='result'><query xmlns='http://jabber.org/protocol/disco#info'>"
        "<identity category='client' type='bot' name='Helper'/></query></iq>"
    )
    company.tell(f"<message from='{carol.jid}' to='other@bots.example'><body>hi</body></message>")
    carol.receives("<message type='error'/>")
    company.tell(f"<message type='chat' from='{carol.jid}' to='{HELPER}'><body>hi</body></message>")
    assert f"invite {HELPER} to yours" in (carol.receives("<message type='chat'/>").findtext("{*}body") or "")
