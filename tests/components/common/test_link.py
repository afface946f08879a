"""Handle, commit, then send: in order, nothing before its commit, nothing lost, nothing twice."""

import asyncio
from collections.abc import Callable
from unittest.mock import patch

import pytest
from sqlalchemy.exc import DataError

from components.common.commits import HIGH_WATER
from components.common.record import LEFTOVERS
from tests.components.common.conversation import Conversation

pytestmark = pytest.mark.usefixtures("runner")


class TestPlain:
    """A server that offers no stream management to components."""

    async def test_sent_after_the_commit(self, plain: Conversation) -> None:
        plain.receives("one")
        assert plain.says() == ""
        await plain.commits()
        assert plain.says() == "<one/>"

    async def test_what_writes_nothing_is_sent_at_once(self, plain: Conversation) -> None:
        plain.receives("plain")
        await plain.writes()
        assert plain.says() == "<plain/>"
        assert not plain.store.commits

    async def test_the_order_of_handling_is_the_order_of_sending(self, plain: Conversation) -> None:
        plain.receives("one")
        await plain.writes()
        plain.receives("plain", "two")
        await plain.writes()
        assert plain.says() == ""
        await plain.commits()
        assert plain.says() == "<one/><plain/><two/>"

    async def test_after_a_shared_commit_the_next_waits_for_more(self, plain: Conversation) -> None:
        plain.link.commits.gathering = 0.25
        loop, later = asyncio.get_running_loop(), list[tuple[float, Callable[[], object]]]()
        plain.receives("one", "two")
        await plain.commits()
        with patch.object(loop, "call_later", lambda *call: later.append(call)):
            plain.receives("three")
            await plain.writes()
            plain.receives("four")
        [(seconds, write)] = later
        assert (seconds, len(plain.store.commits)) == (0.25, 1)
        write()
        await plain.commits()
        assert len(plain.store.commits) == 2
        assert plain.says() == "<one/><two/><three/><four/>"

    async def test_what_is_read_at_once_shares_a_commit(self, plain: Conversation) -> None:
        """And what comes while that is made, the next one."""
        plain.receives("one", "two")
        await plain.writes()
        plain.receives("three", "four")
        await plain.commits_one()
        assert plain.says() == "<one/><two/>"
        await plain.commits_one()
        assert plain.says() == "<three/><four/>"
        assert len(plain.store.commits) == 2

    async def test_kept_while_there_is_no_stream(self, plain: Conversation) -> None:
        plain.disconnects()
        plain.receives("one")
        await plain.commits()
        plain.receives("plain")
        await plain.writes()
        plain.connects()
        assert plain.says() == "<one/><plain/>"
        plain.disconnects()
        plain.connects()
        assert plain.says() == ""
        assert plain.link.unacknowledged == 0

    async def test_only_the_rows_of_the_component_are_written(self, plain: Conversation) -> None:
        plain.receives("one")
        await plain.writes()
        assert [table for table, _ in plain.store.written[0]] == ["t"]

    async def test_after_a_refused_commit_nothing_is_sent(self, plain: Conversation) -> None:
        """Of several that share a commit, those before the one that is refused happen."""
        plain.receives("one", "two", "three")
        await plain.writes()
        error = OSError("disk full")
        await plain.commits_one(error)
        assert plain.failures == []
        await plain.commits_one()
        assert plain.says() == "<one/>"
        await plain.commits_one(error)
        plain.receives("plain")
        await plain.writes()
        assert plain.says() == ""
        assert plain.failures == [error]
        assert len(plain.store.commits) == 3

    async def test_reading_stops_while_the_store_is_behind(self, plain: Conversation) -> None:
        throttled: list[bool] = []
        plain.link.commits.throttle = throttled.append
        plain.receives("x")
        await plain.writes()
        plain.receives(*["x"] * (HIGH_WATER - 1))
        assert throttled == []
        plain.receives("x")
        assert throttled == [True]
        await plain.commits_one()
        assert throttled == [True, False]

    async def test_drained_when_everything_is_sent(self, plain: Conversation) -> None:
        plain.receives("one", "plain")
        drained = asyncio.ensure_future(plain.link.drain())
        await plain.writes()
        assert not drained.done()
        await plain.commits()
        await drained
        assert plain.says() == "<one/><plain/>"

    async def test_figures(self, plain: Conversation) -> None:
        plain.receives("plain", "plain")
        await plain.writes()
        assert (plain.link.received, plain.link.sent) == (2, 2)

    async def test_what_a_managed_link_has_left_is_sent(self, managed: Conversation) -> None:
        """The component was moved to another server."""
        managed.receives("one*2")
        await managed.commits()
        moved = Conversation(managed.store)
        moved.connects()
        await moved.commits()
        assert moved.says() == "<one to='0'/><one to='1'/>"
        state = managed.store.state()
        assert (state.position.resumption_id, state.outbox) == ("", [])


class TestAcknowledging:
    """XEP-0198 §4, with a router that counts."""

    async def test_an_answer_is_given_when_everything_is_committed(self, managed: Conversation) -> None:
        managed.receives("one")
        await managed.writes()
        managed.receives("two")
        managed.manages("<r/>")
        await managed.commits_one()
        assert managed.says() == "<one/>"
        await managed.commits_one()
        assert managed.says() == "<a h='2'/><two/>"

    async def test_what_is_answered_before_the_end_of_a_burst(self, managed: Conversation) -> None:
        """The request stands between two stanzas that share a commit."""
        managed.receives("one")
        managed.manages("<r/>")
        managed.receives("two")
        await managed.commits()
        assert managed.says() == "<a h='2'/><one/><two/>"

    async def test_many_requests_share_an_answer(self, managed: Conversation) -> None:
        for _ in range(3):
            managed.receives("one")
            managed.manages("<r/>")
        await managed.commits()
        assert managed.says() == "<a h='3'/><one/><one/><one/>"
        managed.pauses()
        assert managed.says() == ""

    async def test_under_load_there_is_a_pause_between_answers(self, managed: Conversation) -> None:
        managed.manages("<r/>")
        assert managed.says() == "<a h='0'/>"
        managed.receives("one", "two")
        managed.manages("<r/>")
        await managed.commits()
        assert managed.says() == "<one/><two/>"
        managed.pauses()
        assert managed.says() == "<a h='2'/>"

    async def test_what_has_no_effect_is_counted_in_the_store_before_it_is_acknowledged(
        self, managed: Conversation
    ) -> None:
        managed.receives("nothing")
        managed.manages("<r/>")
        managed.pauses()
        assert managed.says() == ""
        await managed.commits()
        assert managed.says() == "<a h='1'/>"
        assert managed.store.state().position.handled == 1

    async def test_acknowledged_stanzas_leave_the_store(self, managed: Conversation) -> None:
        """Many at a time, with a commit that is made anyway."""
        for number in range(LEFTOVERS):
            managed.receives("one")
            await managed.commits()
            managed.manages(f"<a h='{number}'/>")
        assert managed.link.unacknowledged == 1
        managed.receives("two")
        await managed.commits()
        assert len(managed.store.state().outbox) == LEFTOVERS + 1
        managed.manages(f"<a h='{LEFTOVERS}'/>")
        managed.receives("three")
        await managed.commits()
        assert [number for number, _ in managed.store.state().outbox] == [LEFTOVERS, LEFTOVERS + 1]
        assert managed.store.state().position.handled == LEFTOVERS + 2

    async def test_they_leave_it_when_nothing_happens_any_more(self, managed: Conversation) -> None:
        managed.receives("one")
        await managed.commits()
        managed.manages("<a h='1'/>")
        assert len(managed.store.state().outbox) == 1
        managed.pauses()
        await managed.commits()
        state = managed.store.state()
        assert (state.outbox, state.sent, state.position.handled) == ([], 1, 1)

    async def test_a_commit_with_stanzas_to_send_writes_one_row(self, managed: Conversation) -> None:
        managed.receives("plain", "plain", "nothing", "plain")
        await managed.writes()
        [(key, change)] = managed.store.written[-1].items()
        assert key == ("outbox", (0,))
        assert change.values is not None
        assert change.values["handled"] == 4
        await managed.commits()
        assert managed.store.state().sent == 3

    async def test_asked_until_everything_is_acknowledged(self, managed: Conversation) -> None:
        managed.receives("one*3")
        await managed.commits()
        assert managed.asks() == 0
        managed.pauses()
        assert managed.asks() == 1
        managed.receives("two")
        await managed.commits()
        managed.pauses()
        assert managed.asks() == 0
        managed.manages("<a h='2'/>")
        managed.pauses()
        assert managed.asks() == 0
        managed.pauses()
        assert managed.asks() == 1
        managed.manages("<a h='4'/>")
        managed.pauses()
        managed.pauses()
        assert managed.asks() == 0

    async def test_not_asked_while_the_router_tells_by_itself(self, managed: Conversation) -> None:
        """§4: an answer may come without a request; under load ours sends them with its own requests."""
        managed.receives("one")
        await managed.commits()
        for number in range(1, 4):
            managed.manages(f"<a h='{number}'/>")
            managed.receives("one")
            await managed.commits()
            managed.pauses()
        assert managed.asks() == 0
        managed.pauses()
        assert managed.asks() == 1

    async def test_acknowledged_at_an_orderly_stop(self, managed: Conversation) -> None:
        managed.receives("one", "nothing")
        drained = asyncio.ensure_future(managed.link.drain())
        await managed.writes()
        await managed.commits()
        await drained
        assert managed.says() == "<one/><a h='2'/>"

    async def test_counters_wrap_around(self, managed: Conversation) -> None:
        sent = 2**32 + 5
        position = {"resumption_id": "l1", "handled": 2**32 - 1, "sent_before": 7}
        managed.store.rows[("link", (1,))] = {**position, "sent": sent}
        later = Conversation(managed.store)
        await later.resumes(h=2**32 - 1, received=sent - 7)
        later.receives("one*4")
        later.manages("<r/>")
        await later.commits()
        later.pauses()
        assert later.says().startswith("<a h='0'/><one")
        later.manages("<a h='1'/>")
        assert later.link.unacknowledged == 1

    async def test_more_than_was_sent_is_acknowledged(self, managed: Conversation) -> None:
        """One of the databases is older than the other: begin anew instead of guessing."""
        reconnected: list[bool] = []
        managed.link.reconnect = lambda: reconnected.append(True)
        managed.receives("one")
        await managed.commits()
        managed.manages("<a h='9'/>")
        assert reconnected == [True]
        managed.disconnects()
        managed.says()
        await managed.begins("l2")


class TestRefusedCommits:
    """The database does not take what a stanza brings about."""

    async def test_the_fault_of_the_database(self, managed: Conversation) -> None:
        """The next process is given the stanza again."""
        managed.receives("one")
        error = OSError("disk full")
        await managed.commits(error)
        assert managed.failures == [error]
        assert managed.store.state().position.handled == 0

    async def test_the_fault_of_the_stanza(self, managed: Conversation) -> None:
        """Its sender gets an error; the next process is not given it again."""
        managed.receives("one", "two")
        await managed.writes()
        error = DataError("INSERT", {}, Exception("too long"))
        await managed.commits_one(error)  # both
        await managed.commits_one(error)  # the first alone
        await managed.commits_one()
        assert managed.failures == [error]
        again = Conversation(managed.store)
        await again.resumes(h=1, received=0)
        assert "internal-server-error" in again.says()
