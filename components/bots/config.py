"""The table `[bots]` of the configuration."""

from dataclasses import dataclass, field
from typing import Literal

from slixmpp import JID, InvalidJID

from components.common.config import ComponentSettings

MinutesTo = Literal["room", "participants"]


@dataclass(frozen=True, slots=True)
class RoomSettings:
    """What the bot does in a room."""

    password: str = ""  # of the room, if it needs one
    greeting: str = "Welcome, {nick}! Type !help to see what I can do."  # of newcomers; empty: none
    minutes: bool = True  # whether participants may have minutes kept
    minutes_to: MinutesTo = "room"  # or to each participant's address


@dataclass(frozen=True, slots=True)
class BotsSettings(ComponentSettings):
    """The bot."""

    secret_file: str = "secrets/bots"
    database: str = "sqlite:///state/bots.sqlite"
    address: str = "helper"  # its address is this at the component's domain
    nickname: str = "Helper"  # in rooms
    invited_by: Literal["nobody", "administrators", "local", "anyone"] = "local"
    invited: RoomSettings = field(default_factory=RoomSettings)  # for rooms it was invited to
    rooms: dict[str, RoomSettings] = field(default_factory=dict)  # by address: where it is always

    def __post_init__(self) -> None:
        if not self.address or _jid(f"{self.address}@localhost").local != self.address:
            raise ValueError(f"address: expected the part of an address before the @, found {self.address!r}")
        if not self.nickname or _jid(f"a@localhost/{self.nickname}").resource != self.nickname:
            raise ValueError(f"nickname: {self.nickname!r} can be none")
        for room in self.rooms:
            jid = _jid(room)
            if not jid.local or jid.bare != room:
                raise ValueError(
                    f"rooms: expected an address such as tea@conference.localhost, found {room!r}"
                )


def _jid(address: str) -> JID:
    try:
        return JID(address)
    except InvalidJID:
        return JID()
