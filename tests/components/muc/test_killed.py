"""The room service is killed again and again while a room is run: nothing is lost, nothing done twice.

People who talk, enter and leave meanwhile are the matter of `tests/restart`; here it is archive,
registration and moderation.
"""

import asyncio
import random
import signal
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest
from lxml import etree

from bench.restart.client import CLIENT, Client, Element
from bench.restart.installation import DOMAIN, PASSWORD, Installation, until

pytestmark = pytest.mark.slow

ROOM = f"tea@conference.{DOMAIN}"
MUC, DATA, MAM = "http://jabber.org/protocol/muc", "jabber:x:data", "urn:xmpp:mam:2"
RETRACT, MODERATE = "urn:xmpp:message-retract:1", "urn:xmpp:message-moderate:1"
SID, RSM = "urn:xmpp:sid:0", "http://jabber.org/protocol/rsm"
MODERATION = f"<moderate xmlns='{MODERATE}' id='{{}}'><retract xmlns='{RETRACT}'/></moderate>"
KILLS, ROUNDS, IN_FLIGHT = 4, 60, 12


class Guest:
    """Somebody in the room, who notes what is answered and what is said."""

    def __init__(self, user: str, port: int) -> None:
        self.client = Client(user, PASSWORD, DOMAIN, port)
        self.client.stanza = self._take
        self.asked: list[str] = []
        self.answers: dict[str, Element] = {}
        self.times: Counter[str] = Counter()  # answers by id
        self.heard: list[tuple[str, str]] = []  # stanza id, body or empty
        self.archived: list[Element] = []
        self.inside = False

    def asks(self, id: str, kind: str, payload: str) -> None:
        """Send a request to the room."""
        self.asked.append(id)
        self.client.send(f"<iq type='{kind}' id='{id}' to='{ROOM}'>{payload}</iq>")

    async def answer(self, id: str) -> Element:
        """The result of a request."""
        await until(lambda: id in self.answers, f"{id} is answered")
        assert self.answers[id].get("type") == "result", etree.tostring(self.answers[id])
        return self.answers[id]

    async def enters(self) -> None:
        """Enter under the name of the user."""
        self.client.send(f"<presence to='{ROOM}/{self.client.user}'><x xmlns='{MUC}'/></presence>")
        await until(lambda: self.inside, f"{self.client.user} is in the room")

    def speaks(self, body: str, inner: str = "") -> None:
        """Say something to all."""
        self.client.send(
            f"<message type='groupchat' id='{body}' to='{ROOM}'><body>{body}</body>{inner}</message>"
        )

    def _take(self, stanza: Element) -> None:
        if stanza.tag == f"{CLIENT}iq":
            self.answers[stanza.get("id")] = stanza
            self.times[stanza.get("id")] += 1
        elif stanza.get("type") == "groupchat":
            self.inside = self.inside or stanza.find(f"{CLIENT}subject") is not None
            id = stanza.find(f"{{{SID}}}stanza-id")
            if id is not None:
                self.heard.append((id.get("id"), stanza.findtext(f"{CLIENT}body") or ""))
        else:
            self.archived += stanza.findall(f"{{{MAM}}}result")


@pytest.fixture
def home(short_path: Path) -> Iterator[Installation]:
    """A home whose router and room service are not started yet."""
    made = Installation(short_path / "h")
    yield made
    made.kill()


@asynccontextmanager
async def guests(home: Installation) -> AsyncIterator[tuple[Guest, Guest, Guest]]:
    """The owner of a room in which registration is open; a guest in it; somebody outside."""
    await home.start()
    people = [Guest(user, home.port) for user in ("olivia", "gus", "rita")]
    home.add_accounts([guest.client.user for guest in people])
    for guest in people:
        guest.client.start()
        await guest.client.up.wait()
    olivia, gus, rita = people
    await olivia.enters()
    olivia.asks("open", "set", _form(f"{MUC}#owner", "muc#roomconfig_registration", "open"))
    await olivia.answer("open")
    await gus.enters()
    yield olivia, gus, rita
    for guest in people:
        await guest.client.stop()


def _form(namespace: str, field: str, value: str) -> str:
    return (
        f"<query xmlns='{namespace}'><x xmlns='{DATA}' type='submit'>"
        f"<field var='{field}'><value>{value}</value></field></x></query>"
    )


def _affiliation(affiliation: str, user: str) -> str:
    return f"<query xmlns='{MUC}#admin'><item affiliation='{affiliation}' jid='{user}@{DOMAIN}'/></query>"


async def _runs(olivia: Guest, gus: Guest) -> set[str]:
    """Talk, retractions, members, bans and searches, a little of each in every round; the ids of the
    messages that are taken back.
    """
    retracted = set()
    for number in range(ROUNDS):
        gus.speaks(f"g{number}")
        olivia.asks(f"m{number}", "set", _affiliation("member", f"m{number}"))
        olivia.asks(f"b{number}", "set", _affiliation("outcast", f"b{number}"))
        gus.asks(f"s{number}", "set", f"<query xmlns='{MAM}'><set xmlns='{RSM}'><max>1</max></set></query>")
        heard = [id for id, body in gus.heard if body.startswith("g")]
        if heard and number % 3 == 0:
            gus.speaks(f"r{number}", f"<retract xmlns='{RETRACT}' id='{heard[-1]}'/>")
            retracted.add(heard[-1])
        elif heard:
            id = heard[number % len(heard)]
            olivia.asks(f"x{number}", "set", MODERATION.format(id))
            retracted.add(id)
        await _settles((olivia, gus))
    return retracted


async def _settles(people: Iterable[Guest]) -> None:
    """Wait until few requests are open: the next round finds some under way."""
    await until(lambda: all(len(g.asked) - len(g.answers) < IN_FLIGHT for g in people), "there are answers")


async def _killed(home: Installation, witness: Guest) -> None:
    """Now and then, in the middle of what is under way."""
    for least in sorted(random.sample(range(ROUNDS), KILLS)):
        await until(partial(_has_heard, witness, least), f"{least} messages are heard")
        await home.end("muc", signal.SIGKILL)
        await home.start("muc")


def _has_heard(witness: Guest, least: int) -> bool:
    return len(witness.heard) >= least


async def _archive(guest: Guest) -> list[tuple[str, bool]]:
    """Everything in it: the id, and whether it is a tombstone."""
    guest.archived.clear()
    after, number = "", 0
    while True:
        page = f"<set xmlns='{RSM}'><max>50</max>{f'<after>{after}</after>' if after else ''}</set>"
        guest.asks(f"q{number}", "set", f"<query xmlns='{MAM}'>{page}</query>")
        fin = (await guest.answer(f"q{number}"))[0]
        if fin.get("complete") == "true":
            break
        after, number = fin.findtext(f".//{{{RSM}}}last"), number + 1
    return [(r.get("id"), next(r.iter(f"{{{RETRACT}}}retracted"), None) is not None) for r in guest.archived]


async def _listed(guest: Guest, affiliation: str) -> set[str]:
    guest.asks(affiliation, "get", f"<query xmlns='{MUC}#admin'><item affiliation='{affiliation}'/></query>")
    return {item.get("jid").partition("@")[0] for item in (await guest.answer(affiliation))[0]}


async def test_nothing_is_lost(home: Installation) -> None:
    """Each request is answered once; lists, archive and tombstones are what people were told."""
    async with guests(home) as (olivia, gus, rita):
        killing = asyncio.ensure_future(_killed(home, gus))
        rita.asks("register", "set", _form("jabber:iq:register", "muc#register_roomnick", "Rita"))
        retracted = await _runs(olivia, gus)
        await killing
        numbers = range(ROUNDS)
        await rita.answer("register")
        for guest in (olivia, gus):
            for id in guest.asked:
                await guest.answer(id)
        gus.speaks("end")
        await until(lambda: gus.heard[-1][1] == olivia.heard[-1][1] == "end", "all is said")

        assert max(max(guest.times.values()) for guest in (olivia, gus, rita)) == 1
        assert await _listed(olivia, "member") == {"rita", *(f"m{number}" for number in numbers)}
        assert await _listed(olivia, "outcast") == {f"b{number}" for number in numbers}
        assert [body for _, body in gus.heard if body.startswith("g")] == [f"g{n}" for n in numbers]
        assert gus.heard == olivia.heard
        archive = await _archive(gus)
        assert [id for id, _ in archive] == [id for id, _ in gus.heard]
        assert {id for id, is_tombstone in archive if is_tombstone} == retracted
