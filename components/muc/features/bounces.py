"""XEP-0045 §11.1 and §18.1.2: occupants whose sessions have ended are found by errors that come back."""

from components.common.errors import condition_of
from components.muc.feature import Visit
from components.muc.features import invitations
from components.muc.features.exiting import remove_ghost
from components.muc.features.private_messages import pass_error

# The errors which say that the session is gone, not that it disliked the stanza. Servers answer
# for an address without a session with service-unavailable (RFC 6121 §8.5.3.2), so that counts.
GONE = frozenset(
    {
        "gone",
        "item-not-found",
        "recipient-unavailable",
        "redirect",
        "remote-server-not-found",
        "remote-server-timeout",
        "service-unavailable",
    }
)


def bounced(visit: Visit) -> None:
    """An error came back from an occupant for something that was sent to it."""
    if visit.stanza.kind == "message" and visit.stanza.to.resource:
        pass_error(visit)
    elif visit.stanza.kind == "message":
        invitations.undelivered(visit)
    if condition_of(visit.stanza.element) in GONE:
        remove_ghost(visit)
