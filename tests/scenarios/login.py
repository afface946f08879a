"""What a client does until it has a session: STARTTLS, SASL, resource binding (RFC 6120 §5–7)."""

import base64
import hashlib
import ssl

from bench.scram import Scram
from tests.scenarios.dialogue import Client, Party
from tests.scenarios.matching import Element

TLS = "urn:ietf:params:xml:ns:xmpp-tls"
SASL = "urn:ietf:params:xml:ns:xmpp-sasl"
BIND = "urn:ietf:params:xml:ns:xmpp-bind"


async def open_stream(party: Party) -> Element:
    """Send a stream header and return the features offered."""
    await party.stream.restart(party.domain)
    return await party.receives("<stream:features/>")


async def start_tls(party: Party, context: ssl.SSLContext) -> Element:
    """Upgrade the open stream; returns the features offered under TLS."""
    await party.sends(f"<starttls xmlns='{TLS}'/>")
    await party.receives(f"<proceed xmlns='{TLS}'/>")
    await party.stream.start_tls(context)
    return await open_stream(party)


def mechanisms(features: Element) -> list[str]:
    """The SASL mechanisms among the features."""
    return [str(found.text) for found in features.iterfind(f"{{{SASL}}}mechanisms/{{{SASL}}}mechanism")]


def strongest(features: Element) -> str:
    """The best of the offered mechanisms that need no channel binding."""
    offered = mechanisms(features)
    return next(known for known in ("SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN") if known in offered)


async def authenticate(party: Party, user: str, password: str, mechanism: str) -> Element:
    """Authenticate and restart the stream; returns the features offered afterwards."""
    if mechanism == "PLAIN":
        await party.sends(auth("PLAIN", f"\0{user}\0{password}".encode()))
        await party.receives(f"<success xmlns='{SASL}'/>")
    else:
        await _scram(party, user, password, mechanism)
    return await open_stream(party)


def auth(mechanism: str, initial: bytes) -> str:
    """The `<auth/>` with an initial response."""
    text = base64.b64encode(initial).decode()
    return f"<auth xmlns='{SASL}' mechanism='{mechanism}'>{text}</auth>"


async def bind(party: Party, resource: str = "") -> Client:
    """Bind the resource, or one of the server's choice; the party is a client from now on."""
    wanted = f"<resource>{resource}</resource>" if resource else ""
    answer = await party.asks(f"<bind xmlns='{BIND}'>{wanted}</bind>", kind="set")
    jid = answer.findtext(f"{{{BIND}}}bind/{{{BIND}}}jid")
    assert jid is not None, f"{party.name} could not bind {resource!r}"
    return Client(party.name, party.stream, jid)


async def _scram(party: Party, user: str, password: str, mechanism: str) -> None:
    end_point = None
    if mechanism.endswith("-PLUS"):
        # The test certificates are signed with SHA-256, so RFC 5929 §4.1 wants SHA-256 here.
        end_point = hashlib.sha256(party.stream.certificate).digest()
    scram = Scram(mechanism, user, password, end_point=end_point)
    await party.sends(auth(mechanism, scram.first()))
    challenge = await party.receives(f"<challenge xmlns='{SASL}'/>")
    final = base64.b64encode(scram.final(base64.b64decode(challenge.text or ""))).decode()
    await party.sends(f"<response xmlns='{SASL}'>{final}</response>")
    success = await party.receives(f"<success xmlns='{SASL}'/>")
    scram.verify(base64.b64decode(success.text or ""))
