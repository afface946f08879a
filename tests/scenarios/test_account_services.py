"""What the server tells of itself and of accounts: XEP-0012, XEP-0115, XEP-0202."""

import base64
import datetime
import hashlib

from tests.scenarios.login import authenticate, open_stream, start_tls
from tests.scenarios.scene import PASSWORD, Connect, Scene, befriend

INFO = "http://jabber.org/protocol/disco#info"
CAPS = "http://jabber.org/protocol/caps"
LAST = "jabber:iq:last"
TIME = "urn:xmpp:time"


async def test_the_capabilities_of_the_stream_are_those_of_service_discovery(
    scene: Scene, connect: Connect
) -> None:
    """XEP-0115 §5.1, §6.3."""
    party = await scene.stranger()
    await open_stream(party)
    await start_tls(party, scene.context)
    features = await authenticate(party, scene.user("alice"), PASSWORD, "PLAIN")
    caps = features.find(f"{{{CAPS}}}c")
    assert caps is not None
    alice = await connect("alice")
    query = (await alice.asks(f"<query xmlns='{INFO}'/>", to=scene.domain))[0]
    identities = [
        f"{one.get('category')}/{one.get('type')}//{one.get('name', '')}"
        for one in query.iterfind(f"{{{INFO}}}identity")
    ]
    names = [str(one.get("var")) for one in query.iterfind(f"{{{INFO}}}feature")]
    spelled = "".join(f"{part}<" for part in (*sorted(identities), *sorted(names)))
    assert caps.get("ver") == base64.b64encode(hashlib.sha1(spelled.encode()).digest()).decode()


async def test_the_server_tells_the_time(scene: Scene, connect: Connect) -> None:
    """XEP-0202 §2."""
    alice = await connect("alice")
    before = datetime.datetime.now(datetime.UTC).replace(microsecond=0)
    answer = await alice.asks(f"<time xmlns='{TIME}'/>", to=scene.domain)
    told = datetime.datetime.fromisoformat(answer[0].findtext(f"{{{TIME}}}utc") or "")
    assert before <= told <= datetime.datetime.now(datetime.UTC)


async def test_a_friend_knows_since_when_one_is_away(connect: Connect) -> None:
    """XEP-0012 §3: and with which words one went."""
    alice, bob, eve = await connect("alice"), await connect("bob"), await connect("eve")
    await befriend(alice, bob)
    answer = await alice.asks(f"<query xmlns='{LAST}'/>", to=bob.bare)
    assert answer[0].get("seconds") == "0"
    await bob.sends("<presence type='unavailable'><status>Heading home</status></presence>")
    await bob.leaves()
    answer = await alice.asks(f"<query xmlns='{LAST}'/>", to=bob.bare)
    assert answer[0].text == "Heading home"
    assert (await eve.asks(f"<query xmlns='{LAST}'/>", to=bob.bare)).get("type") == "error"
