"""XEP-0045 §7.2.13 and §7.2.14 discussion history: kept, and sent to those who enter."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from xml.etree.ElementTree import Element, fromstring

from components.common.elements import STREAM
from components.common.errors import StanzaError
from components.common.forms import Field
from components.muc.feature import RoomFeature, Visit
from components.muc.occupant import Affiliation
from components.muc.room import Message, Room
from components.muc.setting import number
from components.muc.stanzas import DELAY, MUC, delay, occupant_id, stanza_id

MOST = 100  # messages kept for a room
LENGTH = number("muc#maxhistoryfetch", f"Messages shown on entering (at most {MOST})", 20, range(MOST + 1))

HISTORY = f"{{{MUC}}}history"


@dataclass(frozen=True, slots=True)
class Limits:
    """What the one who enters wants at most (§7.2.14); None is no wish."""

    characters: int | None = None  # of whole stanzas
    stanzas: int | None = None
    since: datetime | None = None

    @classmethod
    def read(cls, wish: Element | None, now: datetime) -> "Limits":
        """From the `<history/>` element. Raises `bad-request` for numbers and dates that are none."""
        if wish is None:
            return cls()
        seconds, since = _count(wish, "seconds"), _moment(wish)
        if seconds is not None:
            recent = now - timedelta(seconds=min(seconds, 10**9))
            since = max(since, recent) if since is not None else recent
        return cls(_count(wish, "maxchars"), _count(wish, "maxstanzas"), since)


def remember(visit: Visit, message: Message) -> None:
    """Keep a message that was reflected."""
    length = visit.room.config[LENGTH]
    if length:
        visit.room.remember(visit.transaction, message, length)


def send(visit: Visit, address: str, limits: Limits) -> None:
    """Send the newest messages within all limits, oldest first."""
    chosen: list[tuple[str, str]] = []
    characters = 0
    for message in reversed(visit.room.history):
        if len(chosen) == limits.stanzas or (limits.since is not None and message.at < limits.since):
            break
        before, after = _delayed(visit.room, message)
        characters += len(before) + len(address) + len(after)
        if limits.characters is not None and characters > limits.characters:
            break
        chosen.append((before, after))
    for before, after in reversed(chosen):
        visit.transaction.send(before, after, (address,))


def _delayed(room: Room, message: Message) -> tuple[str, str]:
    sender = room.occupant_address(message.nick)
    before = f"<message from='{sender}'{message.attributes} type='groupchat' to='"
    own = "" if _is_prior_chat(room, message) else delay(room, message.at)
    return before, f"'>{message.content}{own}</message>"


def _is_prior_chat(room: Room, message: Message) -> bool:
    """Whether an owner has put in what was said before there was the room, with its time (§7.9)."""
    if DELAY not in message.content:
        return False
    owners = [jid for jid, entry in room.affiliations.items() if entry.affiliation is Affiliation.OWNER]
    signature = stanza_id(room, message.number)
    if not any(
        message.content.endswith(occupant_id(room.ids.occupant_id(room.jid, jid)) + signature)
        for jid in owners
    ):
        return False
    return fromstring(f"<m xmlns='{STREAM}'>{message.content}</m>").find(f"{{{DELAY}}}delay") is not None


def _count(wish: Element, name: str) -> int | None:
    value = wish.get(name)
    if value is None:
        return None
    if not value.isascii() or not value.isdecimal() or len(value) > 18:
        raise StanzaError("bad-request", f"{name}: expected a number, found {value!r}")
    return int(value)


def _moment(wish: Element) -> datetime | None:
    value = wish.get("since")
    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise StanzaError("bad-request", f"since: expected a UTC date and time, found {value!r}") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _describes(room: Room) -> Iterable[Field]:
    yield Field("muc#maxhistoryfetch", [str(room.config[LENGTH])], label=LENGTH.label)


FEATURE = RoomFeature("history", settings=(LENGTH,), describes=_describes)
