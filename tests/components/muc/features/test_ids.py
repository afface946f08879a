"""XEP-0421: occupants known by an id, XEP-0359: messages known by an id; forged ones do not pass."""

from tests.components.muc.conference import DOMAIN, ROOM, Conference, Element, Person

OCCUPANT, SID = "urn:xmpp:occupant-id:0", "urn:xmpp:sid:0"
FORGED = f"<occupant-id xmlns='{OCCUPANT}' id='forged'/>"


def occupant_id(stanza: Element) -> str:
    """The only one in it."""
    [found] = stanza.findall(f"{{{OCCUPANT}}}occupant-id")
    return found.get("id", "")


def stanza_id(stanza: Element) -> str:
    """The only one by the room."""
    [found] = stanza.findall(f"{{{SID}}}stanza-id[@by='{ROOM}']")
    return found.get("id", "")


def test_presence_messages_and_private_messages(alice: Person, bob: Person) -> None:
    """XEP-0421 §3: in every message and presence of an occupant, one and the same."""
    bob.sends(f"<presence to='{ROOM}/bob'>{FORGED}</presence>").says("hello")
    bob.sends(f"<message type='chat' to='{ROOM}/alice'><body>psst</body>{FORGED}</message>")
    bob.sends(f"<message type='groupchat' to='{ROOM}'><body>x</body>{FORGED}</message>")
    bob.sends(f"<presence to='{ROOM}/rob'/>", f"<presence type='unavailable' to='{ROOM}/rob'/>")
    assert len(alice.inbox) == 7
    assert len({occupant_id(stanza) for stanza in alice.inbox}) == 1
    assert "forged" not in {occupant_id(stanza) for stanza in alice.inbox}


def test_the_same_after_coming_back(conference: Conference, alice: Person, bob: Person) -> None:
    """XEP-0421 §3.1: the id is that of the user, whatever the nickname, the session and the process."""
    before = occupant_id(bob.says("one").receives("<message/>"))
    bob.sends(f"<presence type='unavailable' to='{ROOM}/bob'/>")
    conference.restart()
    conference.person("bob@example/other").enters("robert").says("two")
    assert occupant_id(alice.inbox[-1]) == before


def test_history_and_subject(conference: Conference, alice: Person, carol: Person) -> None:
    """XEP-0421 §3: in the discussion history and in the subject, too, after a restart."""
    alice.says("one").sends(f"<message type='groupchat' to='{ROOM}'><subject>S</subject></message>")
    conference.restart()
    entered = carol.enters("carol").inbox
    assert [occupant_id(stanza) for stanza in entered[2:]] == [occupant_id(entered[0])] * 2


def test_messages_have_stable_ids(alice: Person, bob: Person, carol: Person) -> None:
    """XEP-0359 §3: one by the room, the same for everybody and in the history; origin-id is kept."""
    bob.sends(
        f"<message type='groupchat' to='{ROOM}'><body>x</body><origin-id xmlns='{SID}' id='o'/>"
        f"<stanza-id xmlns='{SID}' by='{ROOM}' id='forged'/><stanza-id xmlns='{SID}' by='else' id='e'/>"
        "</message>"
    )
    seen = alice.receives(
        f"<message><origin-id xmlns='{SID}' id='o'/><stanza-id xmlns='{SID}' by='else'/></message>",
        without=("forged",),
    )
    reflected = bob.receives("<message/>")
    carol.enters("carol")
    in_history = next(stanza for stanza in carol.inbox if stanza.tag.endswith("message"))
    assert {stanza_id(seen), stanza_id(reflected), stanza_id(in_history)} == {stanza_id(seen)}


def test_every_message_has_an_id_of_its_own(alice: Person, bob: Person) -> None:
    """XEP-0359 §3.1: even those of one instant."""
    alice.says("one").says("two").says("three")
    assert len({stanza_id(stanza) for stanza in bob.inbox}) == 3


def test_announced(alice: Person) -> None:
    """XEP-0421 §2, XEP-0359 §5: by the service and by rooms."""
    for to, wanted in ((DOMAIN, (OCCUPANT,)), (ROOM, (OCCUPANT, SID))):
        alice.sends(
            f"<iq type='get' id='d' to='{to}'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>"
        )
        features = "".join(f"<feature var='{name}'/>" for name in wanted)
        alice.receives(
            f"<iq type='result'><query xmlns='http://jabber.org/protocol/disco#info'>{features}</query></iq>"
        )
