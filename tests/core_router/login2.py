"""The same as `login`, by SASL2 (XEP-0388) and what goes with it."""

import base64
import hmac

from bench.scram import Scram
from core_router.streams.negotiation.bind2 import NAMESPACE as BIND2
from core_router.streams.negotiation.fast import NAMESPACE as FAST
from core_router.streams.negotiation.sasl import NAMESPACE as CONDITIONS
from core_router.streams.negotiation.sasl2 import NAMESPACE as SASL2
from tests.core_router.connection import BINDINGS
from tests.core_router.peer import Peer
from tests.core_router.world import PASSWORD, World
from tests.scenarios.matching import Element

SM, CARBONS = "urn:xmpp:sm:3", "urn:xmpp:carbons:2"
PHONE, LAPTOP = "d4565fa7-4d72-4749-b3d3-740edbf87770", "0f1d2c3b-5a69-4788-9697-a5b4c3d2e1f0"
BIND = f"<bind xmlns='{BIND2}'/>"


def user_agent(client: str) -> str:
    """What the client installation with that id says of itself."""
    return f"<user-agent id='{client}'><software>Test</software><device>Bench</device></user-agent>"


def arrives(world: World, user: str = "alice", **connection: bool) -> Peer:
    """Somebody who says whose they are in the stream header; the features are claimed."""
    world.account(f"{user}@{world.domain}")
    peer = world.stranger(user, **connection)
    peer.opens(to=world.domain, version="1.0", **{"from": f"{user}@{world.domain}"})
    peer.receives_next("<stream:features/>")
    return peer


def authenticate(mechanism: str, initial: bytes | None = None, inline: str = "") -> str:
    """The `<authenticate/>`."""
    text = "" if initial is None else f"<initial-response>{encoded(initial)}</initial-response>"
    return f"<authenticate xmlns='{SASL2}' mechanism='{mechanism}'>{text}{inline}</authenticate>"


def response(message: bytes) -> str:
    """The `<response/>`."""
    return f"<response xmlns='{SASL2}'>{encoded(message)}</response>"


def plain(user: str, password: str = PASSWORD) -> bytes:
    """The message of PLAIN."""
    return f"\0{user}\0{password}".encode()


def logs_in(peer: Peer, user: str = "alice", inline: str = "", password: str = PASSWORD) -> Element:
    """Log in with PLAIN; the `<success/>` is returned, the features that follow stay."""
    return peer.sends(authenticate("PLAIN", plain(user, password), inline)).receives_next(
        f"<success xmlns='{SASL2}'/>"
    )


def logs_in_by_scram(peer: Peer, user: str = "alice", mechanism: str = "SCRAM-SHA-256-PLUS") -> Element:
    """Log in with SCRAM; the server's signature is verified."""
    scram = Scram(mechanism, user, PASSWORD, end_point=BINDINGS["tls-server-end-point"])
    peer.sends(authenticate(mechanism, scram.first()))
    challenge = peer.receives_next(f"<challenge xmlns='{SASL2}'/>")
    peer.sends(response(scram.final(base64.b64decode(challenge.text or ""))))
    success = peer.receives_next(f"<success xmlns='{SASL2}'/>")
    scram.verify(base64.b64decode(success.findtext(f"{{{SASL2}}}additional-data") or ""))
    return success


def fails(peer: Peer, condition: str) -> Element:
    """Claim the `<failure/>` of that condition."""
    __tracebackhide__ = True
    return peer.receives_next(f"<failure xmlns='{SASL2}'><{condition} xmlns='{CONDITIONS}'/></failure>")


def identity(success: Element) -> str:
    """Who the client is, says the server."""
    return success.findtext(f"{{{SASL2}}}authorization-identifier") or ""


def token_of(success: Element) -> str:
    """The token in a `<success/>`, "" if there is none."""
    token = success.find(f"{{{FAST}}}token")
    return "" if token is None else token.get("token", "")


def request_token(mechanism: str, client: str = PHONE) -> str:
    """What asks for a token."""
    return f"{user_agent(client)}<request-token xmlns='{FAST}' mechanism='{mechanism}'/>"


_CB_DATA = {"NONE": b"", "EXPR": BINDINGS["tls-exporter"], "ENDP": BINDINGS["tls-server-end-point"]}


def by_token(
    mechanism: str, token: str, *, user: str = "alice", client: str = PHONE, inline: str = "", fast: str = ""
) -> str:
    """The `<authenticate/>` of a client that has a token; `fast` are attributes of `<fast/>`."""
    message = b"Initiator" + _CB_DATA[mechanism.rpartition("-")[2]]
    proof = hmac.digest(token.encode(), message, "sha256")
    return authenticate(
        mechanism,
        user.encode() + b"\0" + proof,
        f"{user_agent(client)}<fast xmlns='{FAST}' {fast}/>{inline}",
    )


def responder(mechanism: str, token: str) -> str:
    """What the server must answer to prove that it knows the token."""
    message = b"Responder" + _CB_DATA[mechanism.rpartition("-")[2]]
    return encoded(hmac.digest(token.encode(), message, "sha256"))


def encoded(message: bytes) -> str:
    """Base 64."""
    return base64.b64encode(message).decode()
