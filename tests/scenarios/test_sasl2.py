"""From the connection to the session in one round trip: SASL2, Bind 2, FAST, resumption, over real TLS."""

import base64
import hashlib
import hmac

from bench.scram import Scram
from tests.scenarios.dialogue import Client, Party
from tests.scenarios.login import open_stream
from tests.scenarios.matching import Element
from tests.scenarios.scene import PASSWORD, Connect, Scene

SASL2, BIND2, FAST, SM, CARBONS = (
    "urn:xmpp:sasl:2",
    "urn:xmpp:bind:0",
    "urn:xmpp:fast:0",
    "urn:xmpp:sm:3",
    "urn:xmpp:carbons:2",
)
AGENT = "<user-agent id='d4565fa7-4d72-4749-b3d3-740edbf87770'><software>Test</software></user-agent>"
BIND = (
    f"<bind xmlns='{BIND2}'><tag>Test</tag><enable xmlns='{SM}' resume='true'/>"
    f"<enable xmlns='{CARBONS}'/></bind>"
)
HT = "HT-SHA-256-ENDP"
REQUEST_TOKEN = f"<request-token xmlns='{FAST}' mechanism='{HT}'/>"


async def arrives(scene: Scene, name: str = "alice") -> Party:
    party = await scene.stranger(name, direct_tls=True)
    await open_stream(party)
    return party


def end_point(party: Party) -> bytes:
    """RFC 5929 §4.1, for the certificate the connection really has."""
    return hashlib.sha256(party.stream.certificate).digest()


def authenticate(mechanism: str, initial: bytes, inline: str) -> str:
    encoded = base64.b64encode(initial).decode()
    return (
        f"<authenticate xmlns='{SASL2}' mechanism='{mechanism}'>"
        f"<initial-response>{encoded}</initial-response>{AGENT}{inline}</authenticate>"
    )


async def with_password(scene: Scene, party: Party, inline: str) -> Element:
    """Log in by SCRAM with channel binding."""
    scram = Scram("SCRAM-SHA-256-PLUS", scene.user("alice"), PASSWORD, end_point=end_point(party))
    await party.sends(authenticate("SCRAM-SHA-256-PLUS", scram.first(), inline))
    challenge = await party.receives(f"<challenge xmlns='{SASL2}'/>")
    final = base64.b64encode(scram.final(base64.b64decode(challenge.text or ""))).decode()
    await party.sends(f"<response xmlns='{SASL2}'>{final}</response>")
    success = await party.receives_next(f"<success xmlns='{SASL2}'/>")
    scram.verify(base64.b64decode(success.findtext(f"{{{SASL2}}}additional-data") or ""))
    return success


async def with_token(scene: Scene, party: Party, token: str, inline: str) -> Element:
    """Log in by the token, bound to the channel."""
    proof = hmac.digest(token.encode(), b"Initiator" + end_point(party), "sha256")
    message = scene.user("alice").encode() + b"\0" + proof
    await party.sends(authenticate(HT, message, f"<fast xmlns='{FAST}' count='1'/>{inline}"))
    return await party.receives_next(f"<success xmlns='{SASL2}'/>")


def client(party: Party, success: Element) -> Client:
    return Client(party.name, party.stream, success.findtext(f"{{{SASL2}}}authorization-identifier") or "")


def token_in(success: Element) -> str:
    token = success.find(f"{{{FAST}}}token")
    assert token is not None
    return token.get("token", "")


async def test_everything_at_once(scene: Scene, connect: Connect) -> None:
    """XEP-0388 §2.6.1, XEP-0386 §3.2: what comes back is a session, managed, with carbons."""
    bob, other = await connect("bob"), await connect("alice")
    party = await arrives(scene)
    success = await with_password(scene, party, BIND)
    alice = client(party, success)
    assert alice.resource.startswith("Test/")
    assert success.find(f"{{{BIND2}}}bound/{{{SM}}}enabled[@resume='true']") is not None
    await alice.receives_next("<stream:features/>")
    await alice.becomes_available()
    await bob.sends(f"<message to='{other.jid}' type='chat'><body>Hello</body></message>")
    await alice.receives(f"<message from='{alice.bare}'><received xmlns='{CARBONS}'/></message>")


async def test_coming_back_with_a_token(scene: Scene) -> None:
    """XEP-0484 §3.4: no password, one round trip, the same resource."""
    party = await arrives(scene)
    first = await with_password(scene, party, BIND + REQUEST_TOKEN)
    back = await arrives(scene)
    second = await with_token(scene, back, token_in(first), BIND)
    assert client(back, second).jid == client(party, first).jid


async def test_a_token_does_not_work_on_another_channel(scene: Scene) -> None:
    party = await arrives(scene)
    token = token_in(await with_password(scene, party, REQUEST_TOKEN))
    proof = hmac.digest(token.encode(), b"Initiator" + bytes(32), "sha256")
    back = await arrives(scene)
    message = scene.user("alice").encode() + b"\0" + proof
    await back.sends(authenticate(HT, message, f"<fast xmlns='{FAST}'/>"))
    await back.receives(
        f"<failure xmlns='{SASL2}'><not-authorized xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/></failure>"
    )


async def test_resuming_in_one_round_trip(scene: Scene, connect: Connect) -> None:
    """XEP-0198 §9.2: a token and a resumption, and the conversation goes on where it was."""
    bob = await connect("bob")
    party = await arrives(scene)
    success = await with_password(scene, party, BIND + REQUEST_TOKEN)
    enabled = success.find(f"{{{BIND2}}}bound/{{{SM}}}enabled")
    assert enabled is not None
    alice = client(party, success)
    await alice.becomes_available()
    await alice.stream.close()
    await bob.sends(f"<message to='{alice.jid}' type='chat'><body>Are you there?</body></message>")
    await bob.is_answered()

    back = await arrives(scene)
    resume = f"<resume xmlns='{SM}' h='1' previd='{enabled.get('id')}'/>"
    resumed = await with_token(scene, back, token_in(success), resume + BIND)
    assert resumed.find(f"{{{SM}}}resumed") is not None
    assert client(back, resumed).jid == alice.jid
    await back.receives_next("<message type='chat'><body>Are you there?</body></message>")
