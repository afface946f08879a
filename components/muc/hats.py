"""XEP-0317 Hats: what a room lets people wear, who wears what, and how a presence shows it."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from components.common.elements import attribute
from components.muc.setting import RoomConfig, Setting

NAMESPACE = "urn:xmpp:hats:0"
HATS = f"{{{NAMESPACE}}}hats"


MOST_HATS = 50  # of a room
MOST_WORN = 10  # by one user
MOST_WEARERS = 1000
LONGEST_TITLE, LONGEST_URI = 100, 500  # characters; they stand in every presence


@dataclass(frozen=True, slots=True)
class Hat:
    """One hat of a room."""

    uri: str
    title: str
    hue: str = ""  # degrees, of XEP-0392

    def require_sound(self) -> None:
        """Raises `ValueError` for what is none, saying what would be right."""
        if not self.title or len(self.title) > LONGEST_TITLE:
            raise ValueError(f"title: expected 1 to {LONGEST_TITLE} characters")
        if ":" not in self.uri or any(c.isspace() for c in self.uri) or len(self.uri) > LONGEST_URI:
            raise ValueError(f"expected a URI of at most {LONGEST_URI} characters, such as urn:example:host")
        try:
            sound = not self.hue or 0 <= float(self.hue) <= 360
        except ValueError:
            sound = False
        if not sound:
            raise ValueError("hue: expected a number from 0 to 360")

    def rendered(self) -> str:
        """As it stands in a presence (§3.1)."""
        hue = f" hue='{attribute(self.hue)}'" if self.hue else ""
        return f"<hat title='{attribute(self.title)}' uri='{attribute(self.uri)}'{hue}/>"


def _hats(values: Sequence[str]) -> list[list[str]]:
    hats = _texts(values, MOST_HATS)
    for hat in hats:
        if len(hat) != 3:
            raise ValueError("expected URI, title and hue")
        Hat(*hat).require_sound()
    return hats


def _wearers(values: Sequence[str]) -> dict[str, list[str]]:
    wearers = {texts[0]: texts[1:] for texts in _texts(values, MOST_WEARERS) if texts}
    if any(len(uris) > MOST_WORN for uris in wearers.values()):
        raise ValueError(f"expected at most {MOST_WORN} hats on one head")
    return wearers


def _texts(values: Sequence[str], most: int) -> list[list[str]]:
    if len(values) > most:
        raise ValueError(f"expected at most {most}")
    lists = [json.loads(value) for value in values]
    if not all(isinstance(found, list) and all(isinstance(t, str) for t in found) for found in lists):
        raise ValueError("expected lists of texts")
    return lists


def _lines(lists: Iterable[Sequence[str]]) -> list[str]:
    return [json.dumps(texts, ensure_ascii=False) for texts in lists]


# Values, and what stands for them where rooms are taken elsewhere: lists of URI, title and hue, lists
# of URIs by bare JID; each as a line of JSON.
SHELF: Setting[Any] = Setting("hats", "Hats", "text-multi", [], _hats, _lines)
WORN: Setting[Any] = Setting(
    "hats_worn",
    "Who wears which",
    "text-multi",
    {},
    _wearers,
    lambda value: _lines([bare, *uris] for bare, uris in value.items()),
)


def shelf(config: RoomConfig) -> dict[str, Hat]:
    """All hats of a room by URI, in the order in which they were made."""
    return {hat[0]: Hat(*hat) for hat in config[SHELF]}


def worn(config: RoomConfig) -> dict[str, list[str]]:
    """The URIs of the hats that users wear, by bare JID."""
    return {bare: list(uris) for bare, uris in config[WORN].items()}


def with_hats(config: RoomConfig, hats: dict[str, Hat], wearers: dict[str, list[str]]) -> RoomConfig:
    """A configuration with these hats; what is no hat of the room is worn by nobody."""
    kept = {bare: [uri for uri in uris if uri in hats] for bare, uris in wearers.items()}
    shelf = [[hat.uri, hat.title, hat.hue] for hat in hats.values()]
    return config.with_values({SHELF: shelf, WORN: {bare: uris for bare, uris in kept.items() if uris}})


def shown(config: RoomConfig, bare: str) -> str:
    """What the presence of a user says about hats; nothing for most. 0.1 µs."""
    uris = config[WORN].get(bare)
    if not uris:
        return ""
    hats = shelf(config)
    rendered = "".join([hats[uri].rendered() for uri in uris if uri in hats])
    return f"<hats xmlns='{NAMESPACE}'>{rendered}</hats>" if rendered else ""


def digest(config: RoomConfig) -> str:
    """Another one for another list of hats (§2); empty if there are none."""
    if not config[SHELF]:
        return ""
    return hashlib.sha256("\0".join(text for hat in config[SHELF] for text in hat).encode()).hexdigest()
