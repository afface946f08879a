"""What becomes of a stanza for a local account: the table of RFC 6121 §8.5 as one pure function."""

from enum import Enum, auto

from core_router.envelope import Envelope
from core_router.routing.hints import STORE

SUBSCRIPTION_TYPES = frozenset(("subscribe", "subscribed", "unsubscribe", "unsubscribed"))


class Action(Enum):
    """What to do with the stanza."""

    RESOURCE = auto()  # deliver to the resource it names
    MOST_AVAILABLE = auto()  # deliver to the available resources of the highest priority ≥ 0
    NON_NEGATIVE = auto()  # deliver to every available resource of priority ≥ 0
    ALL_AVAILABLE = auto()  # deliver to every available resource
    SERVER = auto()  # the server handles it on the account's behalf
    STORE = auto()  # keep it for later; if that cannot be, service-unavailable
    IGNORE = auto()
    REFUSE = auto()  # service-unavailable


def decide(envelope: Envelope, *, matching: bool, reachable: bool) -> Action:
    """The action for a stanza to an account.

    `matching`: its full address names a bound resource; `reachable`: the account has an available
    resource of non-negative priority. Whether the account exists is not asked: what is stored for
    nobody is refused by the store, with the same answer (§8.5.1).
    """
    if envelope.kind == "message":
        return _decide_message(envelope, matching, reachable)
    if envelope.kind == "iq":
        return _decide_iq(envelope, matching)
    return _decide_presence(envelope, matching)


def _decide_message(envelope: Envelope, matching: bool, reachable: bool) -> Action:
    to_resource = envelope.to is not None and bool(envelope.to.resource)
    if matching:
        return Action.RESOURCE  # §8.5.3.1
    type = envelope.type
    if type == "error":
        return Action.IGNORE  # §8.5.2.1.1, §8.5.2.2.1, §8.5.3.2.1
    if type == "groupchat":
        return Action.REFUSE
    if type == "headline":
        if to_resource:
            return Action.IGNORE  # §8.5.3.2.1 leaves the choice; a headline is worth no error
        if reachable:
            return Action.NON_NEGATIVE
        return Action.STORE if STORE in envelope.children else Action.IGNORE  # XEP-0334 §4.4
    if to_resource and type != "chat":
        return Action.REFUSE  # §8.5.3.2.1: "normal", and what counts as it (§5.2.2)
    return Action.MOST_AVAILABLE if reachable else Action.STORE


def _decide_iq(envelope: Envelope, matching: bool) -> Action:
    if envelope.to is not None and not envelope.to.resource:
        return Action.SERVER  # §8.5.2.1.3
    if matching:
        return Action.RESOURCE
    return Action.REFUSE if envelope.type in ("get", "set") else Action.IGNORE  # §8.5.3.2.3


def _decide_presence(envelope: Envelope, matching: bool) -> Action:
    nobody = envelope.to is not None and bool(envelope.to.resource) and not matching
    if envelope.type in SUBSCRIPTION_TYPES or envelope.type == "probe":
        if nobody and envelope.type not in ("subscribe", "probe"):
            return Action.IGNORE  # §8.5.3.2.2
        return Action.SERVER  # §8.5.2.1.2
    if nobody:
        return Action.IGNORE
    return Action.RESOURCE if matching else Action.ALL_AVAILABLE
