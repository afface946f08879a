"""XEP-0045 §7.9, XEP-0050: a conference at once, of people and groups that somebody names.

The room is hidden, for its members, and ends with its last occupant. Everybody in it sees who the others
are (§7.9 asks for that, and end-to-end encryption needs it); members may invite further ones.
"""

from collections.abc import Callable, Mapping, Sequence
from secrets import token_hex
from typing import TYPE_CHECKING

from slixmpp import JID

from components.common.answers import Answers
from components.common.commands import Command, Form, Invocation, Permission
from components.common.elements import attribute
from components.common.errors import StanzaError
from components.common.forms import Field, Option
from components.common.outcome import Outcome, Value, done
from components.muc.features import creation
from components.muc.features.anonymity import WHOIS
from components.muc.features.description import NAME
from components.muc.features.invitations import ALLOW, continuation, directly, invite
from components.muc.features.members_only import MEMBERS_ONLY
from components.muc.features.password import PROTECTED, SECRET
from components.muc.features.persistence import PERSISTENT
from components.muc.features.publicity import PUBLIC
from components.muc.occupant import Affiliation
from components.muc.operator import visiting
from components.muc.room import Registration, Room
from components.muc.setting import RoomConfig

if TYPE_CHECKING:
    from components.muc.service import RoomService

MOST_INVITED = 200

_CONFIG = creation.DEFAULTS.with_values(
    {PUBLIC: False, PERSISTENT: False, MEMBERS_ONLY: True, ALLOW: True, WHOIS: "anyone"}
)


def command(
    service: "Callable[[], RoomService]", groups: Mapping[str, Sequence[str]], allows: Permission
) -> Command:
    """`conference`, for people in their clients. `groups` have the bare JIDs of their members, by name."""
    chosen = [Option(name, f"{name} ({len(members)})") for name, members in groups.items() if members]
    fields = [
        Field("with", (), "jid-multi", "With whom (addresses)"),
        *([Field("groups", (), "list-multi", "And these groups", chosen)] if chosen else []),
        Field("name", (), "text-single", "What it is about"),
        Field("reason", (), "text-single", "What the invitation says"),
        Field("password", (), "text-private", "Password (none: members need none)"),
        Field("thread", (), "text-single", "Thread of the chat that goes on there (from clients)"),
    ]
    asked = Form(fields, "Start a conference", "A room of your own, hidden from others, until all have left.")

    def start(invocation: Invocation) -> Outcome:
        return _start(service(), groups, invocation)

    return Command("conference", "Start a conference", start, allows, (asked,), for_operator=False)


def _start(service: "RoomService", groups: Mapping[str, Sequence[str]], invocation: Invocation) -> Outcome:
    owner, answers, transaction = invocation.by, invocation.answers, invocation.transaction
    if owner is None:
        raise StanzaError("not-allowed", "a conference is somebody's")
    invitees = _invitees(answers, groups, owner.bare)
    config = _configuration(answers)
    room = _open(service, invocation, config)
    room.affiliate(transaction, owner.bare, Registration(Affiliation.OWNER))
    for jid in invitees:
        room.affiliate(transaction, jid, Registration(Affiliation.MEMBER))
    thread, reason = answers.line("thread"), answers.line("reason")
    continued = continuation(thread) if thread else None
    visit = visiting(service, room, invocation)
    transaction.place_result()
    for jid in invitees:
        invite(visit, jid, reason, continued)
    # Clients offer to enter a room they are invited to; the result of a command they only show.
    # COMPAT(Gajim 1.7, 2026): it fails at direct invitations of the room itself.
    own, host = directly(room, reason, config[SECRET], continued), attribute(service.domain)
    transaction.send(f"<message from='{host}' to='", f"'>{own}</message>", (attribute(owner.full),))
    return done(
        f"{len(invitees)} invited. The room is {room.jid}; your client may ask you now to enter it.",
        Value("room", "Room", room.jid, "jid-single"),
        Value("uri", "Link", f"xmpp:{room.jid}?join"),
    )


def _open(service: "RoomService", invocation: Invocation, config: RoomConfig) -> Room:
    """A room of a name nobody guesses. Raises as creating one by entering does."""
    local = token_hex(8)
    room = service.open(local, invocation.transaction, locked=False)
    stanza = visiting(service, room, invocation).stanza
    creation.require_right(service, stanza)
    creation.require_few_rooms(service, stanza)
    room.configure(invocation.transaction, config)
    return room


def _configuration(answers: Answers) -> RoomConfig:
    password = answers.line("password")
    given = {NAME.var: [answers.line("name")], SECRET.var: [password]}
    return _CONFIG.with_values({PROTECTED: bool(password)}).submitted((NAME, SECRET), given)


def _invitees(answers: Answers, groups: Mapping[str, Sequence[str]], owner: str) -> Sequence[str]:
    """Bare JIDs, each once, in the order in which they were named. Raises `not-acceptable`."""
    named = [JID(jid) for jid in answers.lines("with")]
    if strange := [jid.full for jid in named if not jid.local]:
        raise StanzaError("not-acceptable", f"{strange[0]} is nobody's address")
    members = [JID(jid) for name in answers.lines("groups") for jid in groups[name]]
    found = [bare for bare in dict.fromkeys(jid.bare for jid in (*named, *members)) if bare != owner]
    if not found:
        raise StanzaError("not-acceptable", "with whom? Name somebody, or a group")
    if len(found) > MOST_INVITED:
        raise StanzaError("not-acceptable", f"at most {MOST_INVITED} people are invited at once")
    return found
