"""The link goes on where the last connection, or the last process, ended; or begins anew."""

from datetime import UTC, datetime

import pytest

from components.common.link_store import Position
from components.common.transaction import Transaction
from tests.components.common.conversation import Conversation

pytestmark = pytest.mark.usefixtures("runner")


class TestResuming:
    """XEP-0198 §5: another connection, or another process."""

    async def test_what_the_router_has_not_got_is_sent_again(self, managed: Conversation) -> None:
        managed.receives("one", "two", "three")
        await managed.commits()
        managed.disconnects()
        managed.says()
        await managed.resumes(h=3, received=1)
        assert managed.says() == "<two/><three/>"

    async def test_from_the_right_copy_on(self, managed: Conversation) -> None:
        managed.receives("one*3", "two*2")
        await managed.commits()
        managed.disconnects()
        managed.says()
        await managed.resumes(h=2, received=4)
        assert managed.says() == "<two to='1'/>"

    async def test_in_another_process(self, managed: Conversation) -> None:
        managed.receives("one*3")
        await managed.writes()
        managed.receives("two")
        await managed.commits_one()
        killed = Conversation(managed.store)
        await killed.resumes(h=1, received=1)
        assert killed.says() == "<one to='1'/><one to='2'/>"
        killed.receives("two")
        await killed.commits()
        assert killed.says() == "<two/>"

    async def test_what_is_handled_is_committed_before_it_is_claimed(self, managed: Conversation) -> None:
        managed.receives("one")
        managed.disconnects()
        managed.connects(offers_management=True)
        assert managed.says() == ""
        await managed.commits()
        assert managed.says() == "<resume previd='l1' h='1'/>"

    async def test_a_connection_that_is_lost_before_that(self, managed: Conversation) -> None:
        managed.receives("one")
        managed.disconnects()
        managed.connects(offers_management=True)
        managed.disconnects()
        managed.connects(offers_management=True)
        await managed.commits()
        assert managed.says() == "<resume previd='l1' h='1'/>"

    async def test_committed_while_away_is_sent_once(self, managed: Conversation) -> None:
        managed.receives("one")
        managed.disconnects()
        await managed.commits()
        await managed.resumes(h=1, received=0)
        assert managed.says() == "<one/>"

    async def test_counting_goes_on(self, managed: Conversation) -> None:
        managed.receives("one")
        await managed.commits()
        managed.disconnects()
        managed.says()
        await managed.resumes(h=1, received=1)
        managed.receives("two")
        managed.manages("<r/>")
        managed.pauses()
        await managed.commits()
        assert managed.says() == "<a h='2'/><two/>"

    async def test_a_service_may_speak_before_the_link_is_up(self, managed: Conversation) -> None:
        managed.disconnects()
        managed.receives("plain")
        await managed.commits()
        assert managed.says() == ""
        await managed.resumes(h=0, received=0)
        assert managed.says() == "<plain/>"


class TestBeginningAnew:
    """The router cannot resume: it has given up, or has died."""

    async def test_the_router_says_how_far_it_got(self, managed: Conversation) -> None:
        """What it has is not sent again, not even when the process dies before it asks for a new link."""
        managed.receives("one", "two")
        await managed.commits()
        again = Conversation(managed.store)
        again.connects(offers_management=True)
        await again.commits()
        again.manages("<failed h='1'/>")
        await again.commits()
        assert again.says() == "<resume previd='l1' h='2'/><enable resume='true'/>"
        later = Conversation(managed.store)
        await later.begins("l2")
        assert later.says() == "<two/>"

    async def test_the_router_does_not_know(self, managed: Conversation) -> None:
        managed.receives("one", "two")
        await managed.commits()
        managed.disconnects()
        managed.says()
        managed.connects(offers_management=True)
        await managed.commits()
        managed.manages("<failed/>")
        await managed.commits()
        managed.says()
        managed.manages("<enabled id='l2'/>")
        assert managed.says() == ""
        await managed.commits()
        assert managed.says() == "<one/><two/>"

    async def test_what_the_dead_router_had_acknowledged_is_not_sent_again(
        self, managed: Conversation
    ) -> None:
        """Though its row is still there, and the component has died, too."""
        managed.receives("one")
        await managed.commits()
        managed.manages("<a h='1'/>")
        managed.receives("two")
        await managed.commits()
        assert len(managed.store.state().outbox) == 2
        again = Conversation(managed.store)
        again.connects(offers_management=True)
        await again.commits()
        again.manages("<failed/>")
        await again.commits()
        again.says()
        again.manages("<enabled id='l2'/>")
        await again.commits()
        assert again.says() == "<two/>"

    async def test_sessions_that_died_with_the_router_get_nothing(self, managed: Conversation) -> None:
        """Their clients ask for everything anew; to send that again with each death would never end."""
        for number in range(3):
            transaction = Transaction(datetime.now(UTC))
            transaction.send(
                "<message type='groupchat' to='",
                f"'>{number}</message>",
                ["a@example.org/x", "b@other.org/y"],
            )
            managed.link.perform(transaction)
        await managed.commits()
        managed.disconnects()
        managed.says()
        managed.connects(offers_management=True)
        await managed.commits()
        managed.manages("<failed/>")
        await managed.commits()
        managed.says()
        managed.manages("<enabled id='l2'/>")
        await managed.commits()
        said = managed.says()
        assert "example.org" not in said
        assert said.count("b@other.org/y") == 3
        state = managed.store.state()
        assert [number for number, _ in state.outbox] == [6]
        assert (state.sent, state.position.sent_before) == (9, 6)
        managed.manages("<a h='3'/>")
        assert managed.link.unacknowledged == 0

    async def test_stanzas_come_before_the_new_link_is_committed(self, managed: Conversation) -> None:
        managed.disconnects()
        managed.connects(offers_management=True)
        await managed.commits()
        managed.manages("<failed/>")
        await managed.commits()
        managed.says()
        managed.manages("<enabled id='l2'/>")
        managed.receives("one")
        managed.manages("<r/>")
        managed.pauses()
        await managed.commits()
        assert managed.says() == "<a h='1'/><one/>"
        state = managed.store.state()
        assert state.position == Position("l2", 0, 1)

    async def test_the_service_is_told(self, managed: Conversation) -> None:
        renewed: list[bool] = []
        managed.link.renewed = lambda: renewed.append(True)
        managed.disconnects()
        await managed.resumes(h=0, received=0)
        assert renewed == []
        managed.disconnects()
        managed.connects(offers_management=True)
        await managed.commits()
        managed.manages("<failed/>")
        await managed.commits()
        managed.manages("<enabled id='l2'/>")
        await managed.commits()
        assert renewed == [True]

    async def test_a_router_that_ends_the_stream_over_it(self, managed: Conversation) -> None:
        """§6: it was sent back to an earlier state; to insist would go on for ever."""
        managed.disconnects()
        managed.connects(offers_management=True)
        await managed.commits()
        managed.link.stream_error()
        managed.disconnects()
        managed.says()
        await managed.begins("l2")

    async def test_a_router_that_refuses_is_used_without(self, managed: Conversation) -> None:
        managed.receives("one")
        await managed.commits()
        managed.disconnects()
        managed.says()
        managed.connects(offers_management=True)
        await managed.commits()
        managed.manages("<failed/>")
        await managed.commits()
        managed.says()
        managed.manages("<failed/>")
        assert managed.says() == "<one/>"
