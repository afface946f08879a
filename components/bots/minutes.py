"""`!minutes start [title]`, `!minutes stop`: what is said in a meeting, kept and sent afterwards."""

from collections.abc import Iterable, Sequence
from datetime import UTC

from components.bots import stanzas
from components.bots.room import AttendedRoom, Line, Meeting, Occupant
from components.bots.said import BotCommand, Said
from components.common.transaction import Transaction

MOST_LINES = 2000  # of one meeting; with the last of them, the minutes are sent
LONGEST_LINE = 2000  # characters
LONGEST_PART = 10_000  # characters in one message


def _minutes(said: Said) -> None:
    word, _, title = said.words.partition(" ")
    actions = {"start": _start, "stop": _stop, "": _state}
    action = actions.get(word.casefold())
    if action is None:
        said.reply("Say !minutes start and a title, or !minutes stop.")
    elif not said.room.settings.minutes:
        said.reply("No minutes are kept in this room.")
    elif action is not _state and said.by.role not in ("participant", "moderator"):
        said.reply("Visitors cannot do that.")
    else:
        action(said, title.strip())


def _start(said: Said, title: str) -> None:
    room = said.room
    if room.meeting is not None:
        said.reply(
            f"I keep minutes already, since {room.meeting.nick} asked for it. !minutes stop ends them."
        )
        return
    room.begin_meeting(said.transaction, title[:LONGEST_LINE], said.by.nick)
    about = f" of {title[:LONGEST_LINE]}" if title else ""
    said.tell_all(
        f"I keep the minutes{about} from now on, as {said.by.nick} wishes. !minutes stop ends them."
    )


def _stop(said: Said, _: str) -> None:
    if said.room.meeting is None:
        said.reply("I keep no minutes now. !minutes start begins them.")
        return
    send(said.bot.address, said.room, said.room.meeting, said.transaction)


def _state(said: Said, _: str) -> None:
    meeting = said.room.meeting
    if meeting is None:
        said.reply("I keep no minutes now. !minutes start begins them.")
    else:
        said.reply(f"I keep minutes since {meeting.began:%H:%M} UTC; {len(meeting.lines)} lines so far.")


def note(address: str, room: AttendedRoom, by: Occupant, body: str, transaction: Transaction) -> None:
    """Something was said to all."""
    meeting = room.meeting
    if meeting is None:
        return
    room.note(transaction, meeting, Line(by.nick, body[:LONGEST_LINE], transaction.now))
    if len(meeting.lines) >= MOST_LINES:
        send(address, room, meeting, transaction)


def send(address: str, room: AttendedRoom, meeting: Meeting, transaction: Transaction) -> None:
    """Send the minutes as the room's settings say, and keep none any more."""
    subject = f"Minutes of {meeting.title}" if meeting.title else f"Minutes of {room.jid}"
    parts = list(_parts([subject, *written(room, meeting)]))
    to_all = room.settings.minutes_to == "room"
    for to, kind in [(room.jid, "groupchat")] if to_all else _recipients(room, meeting):
        for part in parts:
            about = subject if kind == "normal" else ""
            transaction.reply(stanzas.message(address, to, kind, part, about))
    room.end_meeting(transaction, meeting)
    if not to_all:
        told = f"The minutes are on their way to {len(meeting.participants)} participants."
        transaction.reply(stanzas.message(address, room.jid, "groupchat", told))


def written(room: AttendedRoom, meeting: Meeting) -> Sequence[str]:
    """The minutes, line by line; times are UTC."""
    names = ", ".join(sorted({occupant.nick for occupant in meeting.participants.values()}, key=str.casefold))
    return [
        f"Room: {room.jid}",
        f"Date: {meeting.began.astimezone(UTC):%Y-%m-%d, %H:%M} UTC",
        f"Participants: {names}",
        *(f"[{line.at.astimezone(UTC):%H:%M}] {line.nick}: {line.said}" for line in meeting.lines),
    ]


def _recipients(room: AttendedRoom, meeting: Meeting) -> Iterable[tuple[str, str]]:
    """An address each, and the type of message: their own if the room shows it, else in private there."""
    present = {occupant.person: occupant.nick for occupant in room.occupants.values()}
    for person, occupant in meeting.participants.items():
        if occupant.jid:
            yield occupant.jid, "normal"
        elif person in present:
            yield f"{room.jid}/{present[person]}", "chat"


def _parts(lines: Sequence[str]) -> Iterable[str]:
    part: list[str] = []
    for line in lines:
        if part and sum(map(len, part)) + len(part) + len(line) > LONGEST_PART:
            yield "\n".join(part)
            part = []
        part.append(line)
    yield "\n".join(part)


MINUTES = BotCommand("minutes", "start TITLE, or stop: minutes of what is said, sent afterwards", _minutes)
