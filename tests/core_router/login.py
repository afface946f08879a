"""What a client does until it has a session: STARTTLS, SASL, resource binding (RFC 6120 §5–7)."""

import base64

from bench.scram import Scram
from core_router.streams.negotiation.bind import NAMESPACE as BIND
from core_router.streams.negotiation.sasl import NAMESPACE as SASL
from core_router.streams.negotiation.starttls import NAMESPACE as TLS
from tests.core_router.connection import BINDINGS
from tests.core_router.peer import Peer
from tests.scenarios.matching import Element


def open_stream(peer: Peer, domain: str) -> Element:
    """Send a stream header and claim the features."""
    return peer.opens(to=domain, version="1.0").receives_next("<stream:features/>")


def start_tls(peer: Peer, domain: str) -> Element:
    """Upgrade the open stream; the features offered under TLS are claimed."""
    peer.sends(f"<starttls xmlns='{TLS}'/>").receives_next(f"<proceed xmlns='{TLS}'/>")
    return open_stream(peer, domain)


def auth(mechanism: str, initial: bytes | None = None) -> str:
    """The `<auth/>`, with an initial response if there is one."""
    return f"<auth xmlns='{SASL}' mechanism='{mechanism}'>{_encoded(initial)}</auth>"


def response(message: bytes) -> str:
    """The `<response/>`."""
    return f"<response xmlns='{SASL}'>{_encoded(message)}</response>"


def fails(peer: Peer, condition: str) -> None:
    """Claim the `<failure/>` of that condition (RFC 6120 §6.5)."""
    __tracebackhide__ = True
    peer.receives_next(f"<failure xmlns='{SASL}'><{condition}/></failure>")


def challenge(peer: Peer) -> bytes:
    """Claim a `<challenge/>`."""
    return base64.b64decode(peer.receives_next(f"<challenge xmlns='{SASL}'/>").text or "")


def authenticate(peer: Peer, user: str, password: str, mechanism: str) -> None:
    """Authenticate, up to the `<success/>`; the stream is to be opened anew then."""
    if mechanism == "PLAIN":
        peer.sends(auth("PLAIN", f"\0{user}\0{password}".encode()))
        peer.receives_next(f"<success xmlns='{SASL}'/>")
        return
    scram = Scram(mechanism, user, password, end_point=BINDINGS["tls-server-end-point"])
    peer.sends(auth(mechanism, scram.first()))
    peer.sends(response(scram.final(challenge(peer))))
    success = peer.receives_next(f"<success xmlns='{SASL}'/>")
    scram.verify(base64.b64decode(success.text or ""))


def bind(peer: Peer, resource: str = "") -> str:
    """Bind the resource, or one of the server's choice; returns the full address."""
    wanted = f"<resource>{resource}</resource>" if resource else ""
    answer = peer.asks(f"<bind xmlns='{BIND}'>{wanted}</bind>", kind="set")
    jid = answer.findtext(f"{{{BIND}}}bind/{{{BIND}}}jid")
    assert jid is not None, f"{peer.name} could not bind {resource!r}"
    return jid


def _encoded(message: bytes | None) -> str:
    if message is None:
        return ""
    return base64.b64encode(message).decode() or "="
