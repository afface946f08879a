"""RFC 6121, Appendix A: the nine states of a subscription and what each stanza makes of them.

The tables are those of A.2.1–A.2.4 and A.3.1–A.3.4, row by row: the state before, whether the stanza
goes on (outbound: is routed; inbound: is delivered), and the state after.
"""

from dataclasses import replace

import pytest

from core_router.services.subscription_states import inbound, outbound
from core_router.store.interfaces import RosterItem

REQUEST = b"<status>Let me in</status>"
# A.1, in the order of the tables: subscription, "ask" (Pending Out), a request that waits (Pending In).
STATES = {
    "None": ("none", False, False),
    "None + Pending Out": ("none", True, False),
    "None + Pending In": ("none", False, True),
    "None + Pending Out+In": ("none", True, True),
    "To": ("to", False, False),
    "To + Pending In": ("to", False, True),
    "From": ("from", False, False),
    "From + Pending Out": ("from", True, False),
    "Both": ("both", False, False),
}

SAME = ""
Rows = list[tuple[str, bool, str]]

OUTBOUND: dict[str, Rows] = {
    "subscribe": [  # A.2.1
        ("None", True, "None + Pending Out"),
        ("None + Pending Out", True, SAME),
        ("None + Pending In", True, "None + Pending Out+In"),
        ("None + Pending Out+In", True, SAME),
        ("To", True, SAME),
        ("To + Pending In", True, SAME),
        ("From", True, "From + Pending Out"),
        ("From + Pending Out", True, SAME),
        ("Both", True, SAME),
    ],
    "unsubscribe": [  # A.2.2
        ("None", True, SAME),
        ("None + Pending Out", True, "None"),
        ("None + Pending In", True, SAME),
        ("None + Pending Out+In", True, "None + Pending In"),
        ("To", True, "None"),
        ("To + Pending In", True, "None + Pending In"),
        ("From", True, SAME),
        ("From + Pending Out", True, "From"),
        ("Both", True, "From"),
    ],
    "subscribed": [  # A.2.3
        ("None", False, SAME),
        ("None + Pending Out", False, SAME),
        ("None + Pending In", True, "From"),
        ("None + Pending Out+In", True, "From + Pending Out"),
        ("To", False, SAME),
        ("To + Pending In", True, "Both"),
        ("From", False, SAME),
        ("From + Pending Out", False, SAME),
        ("Both", False, SAME),
    ],
    "unsubscribed": [  # A.2.4
        ("None", False, SAME),
        ("None + Pending Out", False, SAME),
        ("None + Pending In", True, "None"),
        ("None + Pending Out+In", True, "None + Pending Out"),
        ("To", False, SAME),
        ("To + Pending In", True, "To"),
        ("From", True, "None"),
        ("From + Pending Out", True, "None + Pending Out"),
        ("Both", True, "To"),
    ],
}

INBOUND: dict[str, Rows] = {
    "subscribe": [  # A.3.1
        ("None", True, "None + Pending In"),
        ("None + Pending Out", True, "None + Pending Out+In"),
        ("None + Pending In", False, SAME),
        ("None + Pending Out+In", False, SAME),
        ("To", True, "To + Pending In"),
        ("To + Pending In", False, SAME),
        ("From", False, SAME),
        ("From + Pending Out", False, SAME),
        ("Both", False, SAME),
    ],
    "unsubscribe": [  # A.3.2
        ("None", False, SAME),
        ("None + Pending Out", False, SAME),
        ("None + Pending In", True, "None"),
        ("None + Pending Out+In", True, "None + Pending Out"),
        ("To", False, SAME),
        ("To + Pending In", True, "To"),
        ("From", True, "None"),
        ("From + Pending Out", True, "None + Pending Out"),
        ("Both", True, "To"),
    ],
    "subscribed": [  # A.3.3
        ("None", False, SAME),
        ("None + Pending Out", True, "To"),
        ("None + Pending In", False, SAME),
        ("None + Pending Out+In", True, "To + Pending In"),
        ("To", False, SAME),
        ("To + Pending In", False, SAME),
        ("From", False, SAME),
        ("From + Pending Out", True, "Both"),
        ("Both", False, SAME),
    ],
    "unsubscribed": [  # A.3.4
        ("None", False, SAME),
        ("None + Pending Out", True, "None"),
        ("None + Pending In", False, SAME),
        ("None + Pending Out+In", True, "None + Pending In"),
        ("To", True, "None"),
        ("To + Pending In", True, "None + Pending In"),
        ("From", False, SAME),
        ("From + Pending Out", True, "From"),
        ("Both", True, "From"),
    ],
}


def rows(table: dict[str, Rows]) -> list[tuple[str, str, bool, str]]:
    return [(type, *row) for type, of_type in table.items() for row in of_type]


def item(state: str) -> RosterItem:
    subscription, ask, pending = STATES[state]
    return RosterItem(
        "bob@localhost", "Bob", subscription, ask=ask, pending=REQUEST if pending else None, groups=("A",)
    )


@pytest.mark.parametrize(("type", "before", "routed", "after"), rows(OUTBOUND))
def test_outbound(type: str, before: str, routed: bool, after: str) -> None:
    """A.2. Of "subscribed" without a request, pre-approval is left aside here."""
    changed, goes_on = outbound(item(before), type)
    assert replace(changed, approved=False) == item(after or before)
    assert goes_on is routed


@pytest.mark.parametrize(("type", "before", "delivered", "after"), rows(INBOUND))
def test_inbound(type: str, before: str, delivered: bool, after: str) -> None:
    """A.3."""
    assert inbound(item(before), type, REQUEST) == (item(after or before), delivered)


def test_each_table_has_every_state() -> None:
    for table in (OUTBOUND, INBOUND):
        assert [[row[0] for row in of_type] for of_type in table.values()] == [list(STATES)] * 4


class TestPreApproval:
    """§3.4."""

    @pytest.mark.parametrize("before", ["None", "None + Pending Out", "To"])
    def test_subscribed_without_a_request_approves_the_next_one(self, before: str) -> None:
        approved, routed = outbound(item(before), "subscribed")
        assert (approved, routed) == (replace(item(before), approved=True), False)
        granted, delivered = inbound(approved, "subscribe", REQUEST)
        assert not delivered
        assert (granted.receives, granted.pending) == (True, None)
        assert granted.sends == approved.sends
        assert granted.ask == approved.ask

    @pytest.mark.parametrize("before", ["From", "From + Pending Out", "Both"])
    def test_where_the_contact_has_a_subscription_there_is_nothing_to_approve(self, before: str) -> None:
        assert outbound(item(before), "subscribed") == (item(before), False)

    @pytest.mark.parametrize("before", STATES)
    def test_unsubscribed_takes_it_back(self, before: str) -> None:
        changed, _ = outbound(replace(item(before), approved=True), "unsubscribed")
        assert not changed.approved

    def test_it_puts_the_contact_into_the_roster(self) -> None:
        stranger = RosterItem("carol@localhost", listed=False)
        approved, _ = outbound(stranger, "subscribed")
        assert approved == replace(stranger, listed=True, approved=True)


class TestUnlisted:
    """A.1: a request alone does not put its sender into the roster."""

    STRANGER = RosterItem("carol@localhost", listed=False)

    def test_a_request_waits_outside_the_roster(self) -> None:
        waiting, delivered = inbound(self.STRANGER, "subscribe", REQUEST)
        assert (waiting, delivered) == (replace(self.STRANGER, pending=REQUEST), True)

    @pytest.mark.parametrize(
        ("type", "listed"), [("subscribe", True), ("subscribed", True), ("unsubscribed", False)]
    )
    def test_what_the_user_does_about_it_may(self, type: str, listed: bool) -> None:
        """§3.1.2, §3.1.5: asking and granting does, refusing does not."""
        waiting = replace(self.STRANGER, pending=REQUEST)
        assert outbound(waiting, type)[0].listed is listed

    @pytest.mark.parametrize("type", ["unsubscribe", "subscribed", "unsubscribed"])
    def test_from_a_stranger_anything_else_changes_nothing(self, type: str) -> None:
        assert inbound(self.STRANGER, type, b"") == (self.STRANGER, False)
