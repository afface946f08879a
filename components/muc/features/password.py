"""XEP-0045 §7.2.5 password-protected rooms."""

import hmac
from collections.abc import Iterable

from components.common.errors import StanzaError
from components.muc.feature import Entry, RoomFeature
from components.muc.room import Room
from components.muc.setting import RoomConfig, line, yes_or_no

PROTECTED = yes_or_no("muc#roomconfig_passwordprotectedroom", "A password is needed to enter", False)
SECRET = line("muc#roomconfig_roomsecret", "Password", private=True)


def password_of(room: Room) -> str:
    """The password needed to enter; empty if none is."""
    return room.config[SECRET] if room.config[PROTECTED] else ""


def _admits(entry: Entry) -> None:
    expected = password_of(entry.room)
    if expected and not hmac.compare_digest((entry.password or "").encode(), expected.encode()):
        raise StanzaError(
            "not-authorized",
            "this room needs a password" if entry.password is None else "this is not the password",
        )


def _accepts(config: RoomConfig) -> None:
    if config[PROTECTED] and not config[SECRET]:
        raise StanzaError("not-acceptable", "a room protected by a password needs one")


def _announces(room: Room) -> Iterable[str]:
    yield "muc_passwordprotected" if room.config[PROTECTED] else "muc_unsecured"


FEATURE = RoomFeature(
    "password", settings=(PROTECTED, SECRET), admits=_admits, accepts=_accepts, announces=_announces
)
