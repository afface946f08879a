"""Dialogues over real sockets: `await alice.sends("<message …/>")`, `await bob.receives("<message …/>")`.

A scenario names exactly what goes over the wire. What arrives waits, in order, until a step claims it:
`receives` takes the first stanza that matches, `receives_next` insists on the first of all, and
`receives_nothing_more` on there being none. Patterns are described in `matching`.
"""

import itertools
from typing import Self

from tests.scenarios.matching import Element, difference, element, present, shown
from tests.scenarios.stream import Stream

PATIENCE = 20.0  # seconds until a step has failed; nothing waits so long unless something is wrong

LISTED = 20  # stanzas shown when a step fails

_identifiers = itertools.count(1)


class Party:
    """Somebody with a stream to the server: a client, or a stranger who is not logged in."""

    def __init__(self, name: str, stream: Stream, domain: str) -> None:
        self.name = name
        self.domain = domain
        self.stream = stream

    async def sends(self, *stanzas: str | bytes) -> Self:
        """Send each as it is written."""
        for stanza in stanzas:
            await self.stream.send(stanza)
        return self

    async def receives(self, *patterns: str, without: tuple[str, ...] = ()) -> Element:
        """Claim, for each pattern, the first stanza that matches it; returns the last one's.

        `without`: patterns of children which that stanza must not have.
        """
        __tracebackhide__ = True
        for literal in patterns:
            claimed = await self._claim(literal, only_first=False)
            unwanted = present(without, claimed)
            assert unwanted is None, f"{self.name} received {unwanted} in:\n  {shown(claimed)}"
        return claimed

    async def receives_next(self, literal: str) -> Element:
        """Claim the next stanza, which must match."""
        __tracebackhide__ = True
        return await self._claim(literal, only_first=True)

    async def receives_nothing_more(self, *, after: "tuple[Party, ...]" = ()) -> None:
        """Everything that arrived is claimed, also after the server has handled what `after` sent."""
        for party in (*after, self):
            await party.is_answered()
        left = self.stream.received
        assert not left, f"{self.name} received, unexpectedly:\n{_listed(left)}"

    async def is_answered(self, domain: str = "") -> None:
        """Ping (XEP-0199) and wait: what was sent before has been handled, its echo is here.

        `domain` pings a service instead of the own server.
        """
        identifier = f"ping-{next(_identifiers)}"
        to = domain or self.domain
        await self.sends(f"<iq type='get' to='{to}' id='{identifier}'><ping xmlns='urn:xmpp:ping'/></iq>")
        await self.receives(f"<iq type='*' from='{to}' id='{identifier}'/>")

    async def asks(self, payload: str, *, to: str = "", kind: str = "get") -> Element:
        """Send an IQ and return the answer, a result or an error."""
        identifier = f"ask-{next(_identifiers)}"
        address = f" to='{to}'" if to else ""
        await self.sends(f"<iq type='{kind}'{address} id='{identifier}'>{payload}</iq>")
        return await self.receives(f"<iq type='*' id='{identifier}'/>")

    async def is_told(self, condition: str) -> None:
        """Receive the stream error of that name (RFC 6120 §4.9.3), and see the server close."""
        await self.receives(
            f"<stream:error><{condition} xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>"
        )
        await self.sees_the_end()

    async def sees_the_end(self) -> str:
        """Wait until the server ends the stream; returns how: `closed` or `cut`."""
        await self.stream.until(lambda: self.stream.end is not None, PATIENCE)
        assert self.stream.end is not None, f"{self.name}'s stream is still open"
        return self.stream.end

    async def leaves(self) -> None:
        """Close the stream in order, and wait until the server has closed its side (RFC 6120 §4.4)."""
        await self.sends("</stream:stream>")
        assert await self.sees_the_end() == "closed"
        await self.stream.close()

    async def _claim(self, literal: str, *, only_first: bool) -> Element:
        __tracebackhide__ = True
        received = self.stream.received
        pattern = element(literal, self.stream.namespace)

        def position() -> int | None:
            candidates = received[:1] if only_first else received
            return next((at for at, one in enumerate(candidates) if difference(pattern, one) is None), None)

        def decided() -> bool:
            return position() is not None or (only_first and bool(received)) or self.stream.end is not None

        await self.stream.until(decided, PATIENCE)
        at = position()
        if at is None:
            raise AssertionError(self._missing(pattern, only_first))
        return received.pop(at)

    def _missing(self, pattern: Element, only_first: bool) -> str:
        end = f" before the stream ended ({self.stream.end})" if self.stream.end else ""
        which = " as the next stanza" if only_first else ""
        received = self.stream.received
        if not received:
            return f"{self.name} did not receive{which}{end}\n  {shown(pattern)}\nnor anything else"
        nearest = (
            received[0]
            if only_first
            else next((found for found in reversed(received) if found.tag == pattern.tag), received[-1])
        )
        return (
            f"{self.name} did not receive{which}{end}\n  {shown(pattern)}\nbut\n{_listed(received)}\n"
            f"where, in {_brief(shown(nearest), 80)}, {difference(pattern, nearest)}"
        )


class Client(Party):
    """A logged-in client: its full address is `jid`, its account's `bare`."""

    def __init__(self, name: str, stream: Stream, jid: str) -> None:
        self.jid = jid
        self.bare, _, self.resource = jid.partition("/")
        self.user, _, domain = self.bare.partition("@")
        super().__init__(name, stream, domain)

    async def becomes_available(self, priority: int | None = None) -> None:
        """Send initial presence (RFC 6121 §4.2) and see it come back (§4.2.2)."""
        await self.sends(f"<presence>{_priority(priority)}</presence>")
        await self.receives(f"<presence from='{self.jid}'/>")


def _priority(priority: int | None) -> str:
    return "" if priority is None else f"<priority>{priority}</priority>"


def _listed(stanzas: list[Element]) -> str:
    """The last of them, as much as one can read."""
    earlier = len(stanzas) - LISTED
    lines = [f"  ({earlier} earlier ones)"] if earlier > 0 else []
    return "\n".join([*lines, *(f"  {_brief(shown(stanza), 400)}" for stanza in stanzas[-LISTED:])])


def _brief(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[:length]}… ({len(text)} characters)"
