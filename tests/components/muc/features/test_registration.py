"""XEP-0045 §7.10 and §9.9: registration with a room."""

from tests.components.muc.conference import DOMAIN, ROOM, USER, Conference, Person

STANZAS = "urn:ietf:params:xml:ns:xmpp-stanzas"
REGISTER, FORM_TYPE = "jabber:iq:register", "http://jabber.org/protocol/muc#register"
ASK = f"<iq type='get' id='r' to='{ROOM}'><query xmlns='{REGISTER}'/></iq>"


def form(**fields: str) -> str:
    """A submitted form with these fields."""
    written = "".join(
        f"<field var='{k.replace('__', '#')}'><value>{v}</value></field>" for k, v in fields.items()
    )
    return (
        f"<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>{FORM_TYPE}</value></field>"
        f"{written}</x>"
    )


def registers(person: Person, nick: str) -> Person:
    """Ask for membership with this nickname."""
    return person.sends(
        f"<iq type='set' id='s' to='{ROOM}'><query xmlns='{REGISTER}'>"
        f"{form(muc__register_roomnick=nick)}</query></iq>"
    )


def refused(person: Person, condition: str) -> None:
    """The answer is this error."""
    person.receives(f"<iq type='error'><error><{condition} xmlns='{STANZAS}'/></error></iq>")


def test_no_such_room(carol: Person) -> None:
    """§7.10: item-not-found."""
    carol.sends(ASK.replace(ROOM, f"none@{DOMAIN}"))
    refused(carol, "item-not-found")


def test_not_allowed(alice: Person, carol: Person) -> None:
    """§7.10: not-allowed where only members may."""
    carol.sends(ASK)
    refused(carol, "not-allowed")
    registers(carol, "caro")
    refused(carol, "not-allowed")


def test_open_registration(conference: Conference, alice: Person, bob: Person, carol: Person) -> None:
    """§7.10: form, result, membership told to all occupants, the nickname reserved."""
    alice.configures(registration="open").ignores()
    bob.ignores().sends(ASK).receives(
        f"<iq type='result'><query xmlns='{REGISTER}'><instructions/><x xmlns='jabber:x:data' type='form'>"
        f"<field var='FORM_TYPE'><value>{FORM_TYPE}</value></field>"
        "<field var='muc#register_roomnick'><required/></field></x></query></iq>"
    )
    registers(bob, "rob").receives("<iq type='result' id='s'/>")
    alice.receives(
        f"<presence from='{ROOM}/bob'><x xmlns='{USER}'>"
        "<item affiliation='member' role='participant'/></x></presence>"
    )
    conference.restart()
    bob.ignores().sends(ASK).receives(
        f"<iq type='result'><query xmlns='{REGISTER}'><registered/><username>rob</username></query></iq>"
    )
    carol.enters("rob").receives(
        f"<presence type='error'><error><conflict xmlns='{STANZAS}'/></error></presence>"
    )


def test_members_reserve_a_nickname(alice: Person, carol: Person) -> None:
    """§7.10, §7.12: who is a member needs nobody's leave."""
    registers(alice, "queen").receives("<iq type='result'/>")
    registers(carol.ignores(), "queen")
    refused(carol, "not-allowed")


def test_conflict(alice: Person, bob: Person, carol: Person) -> None:
    """§7.10: a nickname that is reserved, or in use by somebody else."""
    alice.configures(registration="open")
    registers(alice, "queen")
    for nick in ("queen", "Queen", "bob"):
        registers(carol, nick)
        refused(carol, "conflict")


def test_no_valid_form(alice: Person, carol: Person) -> None:
    """§7.10: bad-request."""
    alice.configures(registration="open")
    for inner in ("", "<username>carol</username>", "<x xmlns='jabber:x:data' type='submit'/>"):
        carol.sends(f"<iq type='set' id='s' to='{ROOM}'><query xmlns='{REGISTER}'>{inner}</query></iq>")
        refused(carol, "bad-request")


def test_approval(conference: Conference, alice: Person, carol: Person) -> None:
    """§9.9: an admin gets the request, and by returning it makes somebody a member."""
    alice.configures(registration="approval").ignores()
    registers(carol, "caro").receives("<iq type='result'/>")
    alice.receives(
        f"<message from='{ROOM}'><x xmlns='jabber:x:data' type='form'>"
        f"<field var='FORM_TYPE'><value>{FORM_TYPE}</value></field>"
        "<field var='muc#jid'><value>carol@example</value></field>"
        "<field var='muc#register_roomnick'><value>caro</value></field>"
        "<field var='muc#register_allow' type='boolean'><value>0</value></field></x></message>"
    )
    registers(carol, "caro")
    refused(carol, "resource-constraint")
    answer = form(muc__jid="carol@example", muc__register_roomnick="caro", muc__register_allow="1")
    conference.person("eve@example/x").sends(f"<message to='{ROOM}'>{answer}</message>").receives(
        f"<message type='error'><error><forbidden xmlns='{STANZAS}'/></error></message>"
    )
    alice.sends(f"<message to='{ROOM}'>{answer}</message>").receives(
        f"<message from='{ROOM}'><x xmlns='{USER}'><item affiliation='member' jid='carol@example'/></x>"
        "</message>"
    )
    conference.person("carol@example").receives(
        f"<message from='{ROOM}'><x xmlns='{USER}'><item affiliation='member'/><status code='101'/></x>"
        "</message>"
    )
    carol.sends(ASK).receives(
        f"<iq type='result'><query xmlns='{REGISTER}'><username>caro</username></query></iq>"
    )


def test_admins_who_are_not_there(conference: Conference, alice: Person, carol: Person) -> None:
    """§9.9: they get the request at their address."""
    alice.configures(registration="approval", persistentroom="1")
    alice.sends(f"<presence type='unavailable' to='{ROOM}/alice'/>")
    registers(carol, "caro")
    conference.person("alice@example").receives(f"<message from='{ROOM}'/>")


def test_cancelled(alice: Person, bob: Person) -> None:
    """XEP-0077 §3.2: the registration ends, and the membership with it."""
    alice.configures(registration="open")
    registers(bob, "bob").ignores()
    bob.sends(f"<iq type='set' id='x' to='{ROOM}'><query xmlns='{REGISTER}'><remove/></query></iq>").receives(
        "<iq type='result' id='x'/>",
        f"<presence from='{ROOM}/bob'><x xmlns='{USER}'><item affiliation='none'/></x></presence>",
    )
    bob.sends(f"<iq type='set' id='x' to='{ROOM}'><query xmlns='{REGISTER}'><remove/></query></iq>")
    refused(bob, "registration-required")


def test_banned(alice: Person, carol: Person) -> None:
    """§7.10: not-allowed for an outcast, who stays one."""
    alice.configures(registration="open").administers("<item affiliation='outcast' jid='carol@example'/>")
    registers(carol, "caro")
    refused(carol, "not-allowed")
