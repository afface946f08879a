"""One received stanza, and the replies to it (RFC 6120 §8)."""

from dataclasses import dataclass
from typing import Literal
from xml.etree.ElementTree import Element

from slixmpp import JID, InvalidJID

from components.common.elements import STREAM, XML, attribute, render
from components.common.errors import StanzaError

Kind = Literal["message", "presence", "iq"]
KINDS: dict[str, Kind] = {
    f"{{{STREAM}}}message": "message",
    f"{{{STREAM}}}presence": "presence",
    f"{{{STREAM}}}iq": "iq",
}
DEFAULT_TYPES: dict[Kind, str] = {"message": "normal", "presence": "", "iq": ""}


@dataclass(frozen=True, slots=True)
class Stanza:
    """A stanza with its envelope read; the element is not changed by anybody."""

    kind: Kind
    sender: JID
    to: JID
    type: str  # the effective one: "normal" for a message without it; "" for available presence
    id: str | None
    element: Element

    @classmethod
    def read(cls, element: Element) -> "Stanza":
        """The stanza in an element that is one of `KINDS`.

        Raises `ValueError` if an address is missing or invalid (XEP-0114 requires both).
        """
        kind = KINDS[element.tag]
        attributes = element.attrib
        sender, to = attributes.get("from", ""), attributes.get("to", "")
        if not sender or not to:
            raise ValueError("stanza without `from` or `to`")
        try:
            addresses = JID(sender), JID(to)
        except InvalidJID as error:
            raise ValueError(f"invalid address: {error}") from None
        type_ = attributes.get("type", DEFAULT_TYPES[kind])
        return cls(kind, *addresses, type_, attributes.get("id"), element)

    @property
    def language(self) -> str | None:
        """`xml:lang` of the stanza."""
        return self.element.get(f"{{{XML}}}lang")

    @property
    def payload(self) -> Element | None:
        """The only child of a request (RFC 6120 §8.2.3); None if there is not exactly one."""
        return self.element[0] if len(self.element) == 1 else None

    @property
    def awaits_reply(self) -> bool:
        """Whether an error may be sent back: never for errors and results, RFC 6120 §8.3.1, nor
        for somebody's going away, which is not a request.
        """
        return self.type not in ("error", "result", "unavailable")

    def head(self, kind: str) -> str:
        """The start tag of the reply of that type, without its end `>`."""
        number = f" id='{attribute(self.id)}'" if self.id is not None else ""
        return (
            f"<{self.kind} from='{attribute(self.to.full)}' to='{attribute(self.sender.full)}'"
            f"{number} type='{kind}'"
        )

    def result(self, payload: Element | None) -> str:
        """The result of a request."""
        head = self.head("result")
        return f"{head}/>" if payload is None else f"{head}>{render(payload)}</iq>"

    def error(self, error: StanzaError) -> str:
        """The error reply: `by` stands where the refusing room or service is not the addressee itself."""
        by = self.to.bare if self.to.resource else ""
        echo = render(error.echo) if error.echo is not None else ""
        return f"{self.head('error')}>{echo}{render(error.element(by))}</{self.kind}>"
