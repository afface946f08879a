"""XEP-0317 Hats: what a room lets people wear, who wears what, and how a presence shows it."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from components.common.elements import attribute
from components.muc.setting import RoomConfig, Setting

NAMESPACE = "urn:xmpp:hats:0"
HATS = f"{{{NAMESPACE}}}hats"


def _by_commands_alone(values: Sequence[str]) -> Any:
    raise ValueError("hats are changed by commands")


def _stored(var: str, default: Any) -> Setting[Any]:
    """Part of a room's configuration, but no field of its form."""
    return Setting(var, "", "hidden", default, _by_commands_alone, lambda value: ())


# Lists of URI, title and hue; lists of URIs by bare JID.
_SHELF, _WORN = _stored("hats", []), _stored("hats_worn", {})


@dataclass(frozen=True, slots=True)
class Hat:
    """One hat of a room."""

    uri: str
    title: str
    hue: str = ""  # degrees, of XEP-0392

    def rendered(self) -> str:
        """As it stands in a presence (§3.1)."""
        hue = f" hue='{attribute(self.hue)}'" if self.hue else ""
        return f"<hat title='{attribute(self.title)}' uri='{attribute(self.uri)}'{hue}/>"


def shelf(config: RoomConfig) -> dict[str, Hat]:
    """All hats of a room by URI, in the order in which they were made."""
    return {hat[0]: Hat(*hat) for hat in config[_SHELF]}


def worn(config: RoomConfig) -> dict[str, list[str]]:
    """The URIs of the hats that users wear, by bare JID."""
    return {bare: list(uris) for bare, uris in config[_WORN].items()}


def with_hats(config: RoomConfig, hats: dict[str, Hat], wearers: dict[str, list[str]]) -> RoomConfig:
    """A configuration with these hats; what is no hat of the room is worn by nobody."""
    kept = {bare: [uri for uri in uris if uri in hats] for bare, uris in wearers.items()}
    shelf = [[hat.uri, hat.title, hat.hue] for hat in hats.values()]
    return config.with_values({_SHELF: shelf, _WORN: {bare: uris for bare, uris in kept.items() if uris}})


def shown(config: RoomConfig, bare: str) -> str:
    """What the presence of a user says about hats; nothing for most. 0.1 µs."""
    uris = config[_WORN].get(bare)
    if not uris:
        return ""
    hats = shelf(config)
    return f"<hats xmlns='{NAMESPACE}'>{''.join([hats[uri].rendered() for uri in uris])}</hats>"


def digest(config: RoomConfig) -> str:
    """Another one for another list of hats (§2); empty if there are none."""
    if not config[_SHELF]:
        return ""
    return hashlib.sha256("\0".join(text for hat in config[_SHELF] for text in hat).encode()).hexdigest()
