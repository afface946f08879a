"""Stanza errors (RFC 6120 §8.3): a handler raises one, the dispatcher sends it."""

from xml.etree.ElementTree import Element

from components.common.elements import STREAM, child

STANZAS = "urn:ietf:params:xml:ns:xmpp-stanzas"

# The type RFC 6120 §8.3.3 recommends for each defined condition.
TYPES = {
    "bad-request": "modify",
    "conflict": "cancel",
    "feature-not-implemented": "cancel",
    "forbidden": "auth",
    "gone": "cancel",
    "internal-server-error": "cancel",
    "item-not-found": "cancel",
    "jid-malformed": "modify",
    "not-acceptable": "modify",
    "not-allowed": "cancel",
    "not-authorized": "auth",
    "policy-violation": "modify",
    "recipient-unavailable": "wait",
    "redirect": "modify",
    "registration-required": "auth",
    "remote-server-not-found": "cancel",
    "remote-server-timeout": "wait",
    "resource-constraint": "wait",
    "service-unavailable": "cancel",
    "subscription-required": "auth",
    "undefined-condition": "modify",
    "unexpected-request": "wait",
}


class StanzaError(Exception):
    """The answer to a stanza is this error; nothing the handler did takes place."""

    def __init__(self, condition: str, explanation: str = "", kind: str = "") -> None:
        """`condition` is one of RFC 6120 §8.3.3, `explanation` for people, `kind` another error type."""
        super().__init__(explanation or condition)
        self.condition = condition
        self.explanation = explanation
        self.kind = kind or TYPES[condition]
        # What of the refused stanza is repeated before the error (RFC 6120 §8.3.1), if anything.
        self.echo: Element | None = None
        self.address = ""  # a URI: where else to go, of `gone` and `redirect` (§8.3.3.5, §8.3.3.14)
        self.detail: Element | None = None  # an application-specific condition (§8.3.4)

    def element(self, by: str = "") -> Element:
        """The `<error/>`; `by` names the address that refuses, if it is not the stanza's."""
        error = Element(f"{{{STREAM}}}error", {"type": self.kind})
        if by:
            error.set("by", by)
        child(error, f"{{{STANZAS}}}{self.condition}", self.address or None)
        if self.explanation:
            child(error, f"{{{STANZAS}}}text", self.explanation)
        if self.detail is not None:
            error.append(self.detail)
        return error


def condition_of(stanza: Element) -> str:
    """The defined condition in a stanza of type error; `undefined-condition` if it has none."""
    error = stanza.find(f"{{{STREAM}}}error")
    for item in error if error is not None else ():
        name = item.tag.removeprefix(f"{{{STANZAS}}}")
        if name in TYPES:
            return name
    return "undefined-condition"
