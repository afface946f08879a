"""What tests ask of rosters, and the pushes they expect (RFC 6121 §2)."""

from tests.core_router.world import Client
from tests.scenarios.matching import Element

ROSTER = "jabber:iq:roster"
STANZAS = "urn:ietf:params:xml:ns:xmpp-stanzas"


def item(attributes: str, content: str = "") -> str:
    return f"<item {attributes}>{content}</item>"


def put(client: Client, attributes: str, content: str = "") -> Element:
    return client.asks(f"<query xmlns='{ROSTER}'>{item(attributes, content)}</query>", kind="set")


def remove(client: Client, jid: str) -> Element:
    return put(client, f"jid='{jid}' subscription='remove'")


def get(client: Client, ver: str | None = None) -> Element:
    """The answer; with it the client has asked for pushes (§2.2)."""
    known = "" if ver is None else f" ver='{ver}'"
    return client.asks(f"<query xmlns='{ROSTER}'{known}/>")


def version(answer: Element) -> str:
    found = answer[0].get("ver")
    assert found
    return found


def push(attributes: str, content: str = "") -> str:
    return f"<iq type='set'><query xmlns='{ROSTER}'>{item(attributes, content)}</query></iq>"


def condition(answer: Element) -> str:
    error = answer.find("{jabber:client}error")
    assert error is not None, "no error"
    return str(error[0].tag).removeprefix(f"{{{STANZAS}}}")
