"""RFC 6121 §3 and §4.3: who adds the notifier to their contacts sees it as available."""

from components.common.elements import attribute
from components.common.stanza import Stanza
from components.common.transaction import Transaction

_ANSWERS = {"subscribe": ("subscribed", ""), "unsubscribe": ("unsubscribed",), "probe": ("",)}


def answer(stanza: Stanza, transaction: Transaction) -> bool:
    """Answer a subscription request or a probe; False for other presence."""
    if stanza.type not in _ANSWERS:
        return False
    to = stanza.sender.full if stanza.type == "probe" else stanza.sender.bare
    for kind in _ANSWERS[stanza.type]:
        type_ = f" type='{kind}'" if kind else ""
        before = f"<presence from='{attribute(stanza.to.bare)}'{type_} to='"
        transaction.send(before, "'/>", [attribute(to)])
    return True
