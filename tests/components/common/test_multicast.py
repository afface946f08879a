"""XEP-0033 on the link: one stanza for many where the router offers it, copies elsewhere, each once."""

import asyncio
from collections.abc import Sequence
from xml.etree.ElementTree import fromstring

import pytest

from components.common.multicast import Multicast, addressed, offered
from components.common.outbox import Outbox
from components.common.transaction import Outgoing
from tests.components.common.conversation import Conversation, SlowStore

pytestmark = pytest.mark.usefixtures("runner")

FEATURES = "<features xmlns='http://etherx.jabber.org/streams'>{}</features>"
SERVICE = Multicast("example.org", 3, 500_000)


def header(*jids: str) -> str:
    """The address header as it is sent."""
    addresses = "".join(f"<address type='bcc' jid='{jid}'/>" for jid in jids)
    return f"<addresses xmlns='http://jabber.org/protocol/address'>{addresses}</addresses>"


def many(name: str, *jids: str, service: str = "example.org") -> str:
    """What stands for copies of `<name/>`."""
    return f"<{name} to='{service}'>{header(*jids)}</{name}>"


class Served(Conversation):
    """A router that offers `multicast`, which the test may change."""

    def __init__(self, store: SlowStore | None = None, multicast: Multicast | None = SERVICE) -> None:
        self.multicast = multicast
        super().__init__(store)

    def connects(self, offers_management: bool = False) -> None:
        self.connected = True
        self.link.connected(offers_management, self.multicast)


@pytest.fixture
def served(runner: asyncio.Runner) -> Served:
    """A managed link that is up."""

    async def begun() -> Served:
        made = Served()
        await made.begins()
        made.pauses()
        return made

    return runner.run(begun())


class TestOffer:
    """What the features of the router's stream say."""

    def test_service_and_limit(self) -> None:
        offer = "<multicast xmlns='urn:stellwerk:multicast' jid='example.org' addresses='3' bytes='500000'/>"
        assert offered(fromstring(FEATURES.format(offer))) == SERVICE

    @pytest.mark.parametrize(
        "attributes",
        ["", "jid='x' bytes='9000'", "jid='x' addresses='0' bytes='9000'", "jid='x' addresses='9'"],
    )
    def test_that_makes_no_sense(self, attributes: str) -> None:
        offer = f"<multicast xmlns='urn:stellwerk:multicast' {attributes}/>"
        assert offered(fromstring(FEATURES.format(offer))) is None

    def test_none(self) -> None:
        assert offered(fromstring(FEATURES.format("<sm xmlns='urn:xmpp:sm:3'/>"))) is None


class TestStanza:
    """What is sent to the service."""

    def test_with_content(self) -> None:
        written = addressed("<message from='r' to='", "' id='1'><body>&gt;</body></message>", "s", ["a", "b"])
        assert written == f"<message from='r' to='s' id='1'>{header('a', 'b')}<body>&gt;</body></message>"

    def test_without_content(self) -> None:
        assert addressed("<presence to='", "'/>", "s", ["a"]) == many("presence", "a", service="s")

    @pytest.mark.parametrize(
        ("to", "most", "lots"),
        [
            (["a", "b"], 2, [["a", "b"]]),
            (["a", "b", "c"], 2, [["a", "b"], ["c"]]),
            (["a" * 99_000, "b", "c" * 99_000, "d"], 9, [["a" * 99_000, "b"], ["c" * 99_000, "d"]]),
            (["ä" * 49_000, "b" * 40_000], 9, [["ä" * 49_000], ["b" * 40_000]]),
            (["a" * 200_000, "b"], 9, [["a" * 200_000], ["b"]]),
        ],
    )
    def test_no_longer_than_the_router_takes(
        self, to: list[str], most: int, lots: Sequence[Sequence[str]]
    ) -> None:
        assert Multicast("s", most, 101_100).portions(to, 100) == lots


class TestOutbox:
    """XEP-0198 §4: what the router counts."""

    def test_counts_as_one_stanza(self) -> None:
        outbox = Outbox()
        outbox.multicast = SERVICE
        kept = outbox.put([Outgoing("<a to='", "'/>", ["1", "2", "3"]), Outgoing("<b/>", "", [""])])
        assert (kept.stanzas, kept.copies, outbox.sent) == (2, 4, 2)
        assert kept.render(1) == "<b/>"

    def test_in_lots(self) -> None:
        outbox = Outbox()
        outbox.multicast = SERVICE
        kept = outbox.put([Outgoing("<a to='", "'/>", ["1", "2", "3", "4", "5"])])
        assert kept.render() == many("a", "1", "2", "3") + many("a", "4", "5")
        assert kept.render(outbox.acknowledged + 1) == many("a", "4", "5")
        assert outbox.sent == 2

    def test_a_request_cannot_be_for_many(self) -> None:
        """XEP-0033 §3."""
        outbox = Outbox()
        outbox.multicast = SERVICE
        assert outbox.put([Outgoing("<iq to='", "'/>", ["1", "2"])]).render() == "<iq to='1'/><iq to='2'/>"

    def test_sessions_that_died_are_taken_out(self) -> None:
        outbox = Outbox()
        outbox.multicast = SERVICE
        to = ["a@x.org/1", "b@y.org/1", "c@y.org/1"]
        outbox.put([Outgoing("<presence to='", "'/>", to)]).committed = True
        [replaced] = outbox.sessions_died("x.org")
        assert (replaced.number, outbox.acknowledged, len(outbox)) == (0, 1, 1)
        [left] = outbox
        assert left.render() == many("presence", *to[1:])


class TestLink:
    """From a handler's one call to what the router gets."""

    async def test_one_stanza_for_many(self, served: Served) -> None:
        served.receives("one*3")
        await served.commits()
        assert served.says() == many("one", "0", "1", "2")
        assert (served.link.unacknowledged, served.link.sent) == (1, 3)
        served.manages("<a h='1'/>")
        assert served.link.unacknowledged == 0

    async def test_one_stanza_for_one(self, served: Served) -> None:
        served.receives("one*1")
        await served.commits()
        assert served.says() == "<one to='0'/>"

    async def test_none_without_stream_management(self) -> None:
        """The router is another maker's: nothing is known of its multicast."""
        plain = Served()
        plain.connects()
        plain.receives("one*2")
        await plain.commits()
        assert plain.says() == "<one to='0'/><one to='1'/>"

    async def test_sent_again_as_one(self, served: Served) -> None:
        served.receives("one*3", "two*2")
        await served.commits()
        served.says()
        served.disconnects()
        await served.resumes(2, 1)
        assert served.says() == many("two", "0", "1")

    async def test_sent_again_by_the_next_process(self, served: Served) -> None:
        served.receives("one*3", "two*2")
        await served.commits()
        successor = Served(served.store)
        await successor.resumes(2, 1)
        assert successor.says() == many("two", "0", "1")
        assert successor.link.unacknowledged == 1

    async def test_before_the_first_link_nothing_is_known(self) -> None:
        early = Served()
        early.receives("one*2")
        await early.commits()
        await early.begins()
        assert early.says() == "<one to='0'/><one to='1'/>"
        early.receives("two*2")
        await early.commits()
        assert early.says() == many("two", "0", "1")


class TestOfferWithdrawn:
    """The router has been told not to take multicast any more, or less at a time."""

    async def test_copies_take_the_place_of_what_it_has_not_got(self, served: Served) -> None:
        served.receives("one*3", "two*3")
        await served.commits()
        served.says()
        served.disconnects()
        served.multicast = None
        await served.resumes(2, 1)
        assert served.says() == ""
        await served.commits()
        assert served.says() == "<two to='0'/><two to='1'/><two to='2'/>"

    async def test_they_are_counted_from_there(self, served: Served) -> None:
        served.receives("one*3", "two*3")
        await served.commits()
        served.says()
        served.disconnects()
        served.multicast = None
        await served.resumes(2, 1)
        await served.commits()
        served.manages("<a h='3'/>")
        assert served.link.unacknowledged == 1
        served.disconnects()
        served.says()
        await served.resumes(2, 3)
        assert served.says() == "<two to='2'/>"

    async def test_so_are_they_by_the_next_process(self, served: Served) -> None:
        served.receives("one*3", "two*3")
        await served.commits()
        served.says()
        served.disconnects()
        served.multicast = None
        await served.resumes(2, 1)
        await served.commits()
        successor = Served(served.store, None)
        await successor.resumes(2, 2)
        assert successor.says() == "<two to='1'/><two to='2'/>"

    async def test_fewer_at_a_time(self, served: Served) -> None:
        served.receives("one*3")
        await served.commits()
        served.disconnects()
        served.multicast = Multicast("example.org", 2, 500_000)
        served.says()
        await served.resumes(1, 0)
        await served.commits()
        assert served.says() == many("one", "0", "1") + "<one to='2'/>"

    async def test_shorter_stanzas(self, served: Served) -> None:
        served.receives("one*2")
        await served.commits()
        served.disconnects()
        served.multicast = Multicast("example.org", 3, 100)
        served.says()
        await served.resumes(1, 0)
        await served.commits()
        assert served.says() == "<one to='0'/><one to='1'/>"

    async def test_while_a_commit_is_made(self, served: Served) -> None:
        """What is being committed has its number: the link is tried again when that is done."""
        again: list[str] = []
        served.link.reconnect = lambda: again.append("now")
        served.receives("one*2")
        await served.commits()
        served.disconnects()
        served.multicast = None
        served.connects(offers_management=True)
        await served.commits()
        served.receives("two*2")
        await served.writes()
        served.manages("<resumed previd='l1' h='0'/>")
        assert again == ["now"]
        served.disconnects()
        served.says()
        await served.commits()
        await served.resumes(1, 0)
        await served.commits()
        assert served.says() == "<one to='0'/><one to='1'/><two to='0'/><two to='1'/>"

    async def test_moved_to_another_makers_router(self, served: Served) -> None:
        served.receives("one*2")
        await served.commits()
        moved = Served(served.store)
        moved.connects()
        await moved.commits()
        assert moved.says() == "<one to='0'/><one to='1'/>"
        assert served.store.state().outbox == []
