"""RFC 6121 §3 and Appendix A: what a subscription stanza does to the item it concerns. Pure.

Each function takes the item as it is and returns the item as it will be, and whether the stanza goes
on: outbound to the contact, inbound to the user.
"""

from dataclasses import replace

from core_router.store.interfaces import RosterItem

_WITH_TO = {"none": "to", "from": "both"}
_WITH_FROM = {"none": "from", "to": "both"}
_WITHOUT_TO = {"to": "none", "both": "from"}
_WITHOUT_FROM = {"from": "none", "both": "to"}


def outbound(item: RosterItem, type: str) -> tuple[RosterItem, bool]:
    """A subscription stanza the user sends to the contact (A.2)."""
    if type == "subscribe":  # A.2.1: always routed
        return replace(item, ask=item.ask or not item.sends, listed=True), True
    if type == "unsubscribe":  # A.2.2: always routed
        subscription = _WITHOUT_TO.get(item.subscription, item.subscription)
        return replace(item, ask=False, subscription=subscription), True
    if type == "subscribed":  # A.2.3; without a request it is a pre-approval (§3.4)
        if item.pending is None:
            return (item if item.receives else replace(item, approved=True, listed=True)), False
        subscription = _WITH_FROM.get(item.subscription, item.subscription)
        return replace(item, pending=None, subscription=subscription, listed=True), True
    # "unsubscribed", A.2.4
    subscription = _WITHOUT_FROM.get(item.subscription, item.subscription)
    routed = item.pending is not None or item.receives
    return replace(item, pending=None, approved=False, subscription=subscription), routed


def inbound(item: RosterItem, type: str, stanza: bytes) -> tuple[RosterItem, bool]:
    """A subscription stanza from the contact (A.3). `stanza` is kept while a request is pending.

    A request that needs no asking, because it was granted before or pre-approved, leaves `receives`
    true and is not delivered: the server answers it (§3.1.3, §3.4.2).
    """
    if type == "subscribe":  # A.3.1
        if item.receives:
            return item, False
        if item.approved:
            return replace(item, subscription=_WITH_FROM[item.subscription], pending=None), False
        return replace(item, pending=stanza), item.pending is None
    if type == "unsubscribe":  # A.3.2
        subscription = _WITHOUT_FROM.get(item.subscription, item.subscription)
        changed = item.pending is not None or item.receives
        return replace(item, pending=None, subscription=subscription), changed
    if type == "subscribed":  # A.3.3
        if not item.ask:
            return item, False
        return replace(item, ask=False, subscription=_WITH_TO.get(item.subscription, item.subscription)), True
    # "unsubscribed", A.3.4
    changed = item.ask or item.sends
    return replace(
        item, ask=False, subscription=_WITHOUT_TO.get(item.subscription, item.subscription)
    ), changed
