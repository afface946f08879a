"""What an occupant sees of the presence of the others: each of them is an event of the room's."""

from bench.restart.client import CLIENT, Element

_ITEM = "{http://jabber.org/protocol/muc#user}x/{http://jabber.org/protocol/muc#user}item"


class View:
    """Who is there, with role and affiliation."""

    def __init__(self) -> None:
        self._occupants: dict[str, tuple[str, str]] = {}

    def clear(self) -> None:
        """Nobody is known yet."""
        self._occupants.clear()

    def of(self, nick: str) -> tuple[str, str]:
        """Role and affiliation of that occupant."""
        return self._occupants[nick]

    def event(self, nick: str, presence: Element) -> str:
        """What has happened: `+nick` has come, `-nick` gone, `*nick:role/affiliation` is something else now.

        A presence that tells nothing new is somebody coming who is there already.
        """
        assert presence.tag == f"{CLIENT}presence"
        if presence.get("type") == "unavailable":
            self._occupants.pop(nick, None)
            return f"-{nick}"
        item = presence.find(_ITEM)
        now = (item.get("role", ""), item.get("affiliation", ""))
        before = self._occupants.get(nick)
        self._occupants[nick] = now
        return f"+{nick}" if before in (None, now) else f"*{nick}:{now[0]}/{now[1]}"
