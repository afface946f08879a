"""XEP-0045 §17.4 requests from one occupant to another: what client is that, its vCard, its avatar.

The id under which a request goes on holds, sealed, who asked: a result needs no memory to find its way
back, also after a restart, and one that nobody asked for finds none.
"""

from components.common.elements import attribute, render
from components.common.errors import StanzaError
from components.common.feature import payload_of
from components.muc.feature import Visit
from components.muc.features import self_ping

# What the account answers, not the client: XEP-0054 §3.2, XEP-0084 §4.2.
_OF_THE_ACCOUNT = ("{vcard-temp}vCard", "{http://jabber.org/protocol/pubsub}pubsub")

LONGEST_ID = 1000  # characters


def ask(visit: Visit) -> None:
    """A request to an occupant: answered by the room if it is a self-ping, else passed on."""
    if self_ping.is_answered(visit):
        return
    stanza, sender = visit.stanza, visit.occupant
    recipient = visit.room.occupants.get(stanza.to.resource)
    if sender is None or recipient is None:
        raise StanzaError("item-not-found", "nobody in this room has that nickname")
    payload = payload_of(stanza)
    to = recipient.bare if payload.tag in _OF_THE_ACCOUNT else recipient.current.jid
    if len(stanza.id or "") > LONGEST_ID:
        raise StanzaError("policy-violation", f"an id has at most {LONGEST_ID} characters here")
    id = visit.service.ids.seal(
        (stanza.sender.full, stanza.id or "", recipient.nick), f"{visit.room.jid} {to}"
    )
    visit.transaction.answer_later()
    visit.transaction.reply(
        f"<iq from='{visit.room.occupant_address(sender.nick)}' to='{attribute(to)}' id='{id}'"
        f" type='{stanza.type}'>{render(payload)}</iq>"
    )


def give_back(visit: Visit) -> None:
    """A result, or an error, for somebody who asked and is still in the room; others are ignored."""
    stanza, room = visit.stanza, visit.room
    words = visit.service.ids.unseal(stanza.id or "", f"{room.jid} {stanza.sender.full}")
    if words is None:
        return
    asker, id, nick = words
    if asker in room.sessions:
        content = "".join([render(item) for item in stanza.element])
        visit.transaction.reply(
            f"<iq from='{room.occupant_address(nick)}' to='{attribute(asker)}' id='{attribute(id)}'"
            f" type='{stanza.type}'>{content}</iq>"
        )
