"""XEP-0045 §7.4: messages to all occupants."""

from tests.components.muc.conference import ROOM, USER, Conference, Person

STANZAS = "urn:ietf:params:xml:ns:xmpp-stanzas"


def test_reflected_to_everybody(alice: Person, bob: Person) -> None:
    """§7.4, §13: from the occupant JID, with the sender's id, language and all that it contains, to the
    sender, too.
    """
    bob.sends(
        f"<message type='groupchat' id='m1' xml:lang='de' to='{ROOM}'><body>Tee &amp; &lt;Kekse></body>"
        "<thread>t</thread><active xmlns='http://jabber.org/protocol/chatstates'/></message>"
    )
    pattern = (
        f"<message type='groupchat' id='m1' xml:lang='de' from='{ROOM}/bob'><body>Tee &amp; &lt;Kekse></body>"
        "<thread>t</thread><active xmlns='http://jabber.org/protocol/chatstates'/></message>"
    )
    alice.receives(pattern)
    bob.receives(pattern)


def test_foreign_namespaces_survive(alice: Person, bob: Person) -> None:
    """§17.2: extended information is passed on unchanged."""
    bob.sends(
        f"<message type='groupchat' to='{ROOM}'><a xmlns='urn:a' xmlns:p='urn:p' p:q='&apos;1&quot;'>x<b/>y"
        "<c xmlns='jabber:component:accept'/><d xmlns=''/></a></message>"
    )
    found = alice.receives("<message><a xmlns='urn:a' xmlns:p='urn:p'/></message>")
    a = found[0]
    assert a.get("{urn:p}q") == "'1\""
    assert [child.tag for child in a] == ["{urn:a}b", "{jabber:component:accept}c", "d"]
    assert (a.text, a[0].tail) == ("x", "y")


def test_an_id_is_made_where_there_is_none(alice: Person, bob: Person) -> None:
    """§7.4: all reflections of a message have the same id."""
    bob.says("hello")
    numbers = {alice.receives("<message id='*'/>").get("id"), bob.receives("<message id='*'/>").get("id")}
    assert len(numbers) == 1


def test_not_an_occupant(alice: Person, carol: Person) -> None:
    """§7.4, §17.2: not-acceptable for somebody who is not in the room."""
    carol.says("knock").receives(
        f"<message type='error'><error><not-acceptable xmlns='{STANZAS}'/></error></message>"
    )
    alice.receives_nothing()


def test_no_such_room(carol: Person, conference: Conference) -> None:
    """§7.4, §17.2: item-not-found for a room that does not exist."""
    carol.says("knock", room=f"none@{conference.service.domain}")
    carol.receives(f"<message type='error'><error><item-not-found xmlns='{STANZAS}'/></error></message>")


def test_a_visitor_is_not_heard(alice: Person, carol: Person) -> None:
    """§7.4: forbidden for a visitor of a moderated room."""
    alice.configures(moderatedroom="1")
    carol.enters("carol").receives(
        f"<presence from='{ROOM}/alice'/>",
        f"<presence><x xmlns='{USER}'><item affiliation='none' role='visitor'/></x></presence>",
    )
    alice.ignores(), carol.ignores()
    carol.says("psst").receives(
        f"<message type='error'><error><forbidden xmlns='{STANZAS}'/></error></message>"
    )
    alice.receives_nothing()


def test_nobody_speaks_in_the_rooms_name(alice: Person, bob: Person) -> None:
    """Status codes, stamps and stable ids that claim to be the room's do not pass (XEP-0359 §5)."""
    bob.sends(
        f"<message type='groupchat' to='{ROOM}'><body>x</body><x xmlns='{USER}'><status code='104'/></x>"
        f"<stanza-id xmlns='urn:xmpp:sid:0' by='{ROOM}' id='1'/><delay xmlns='urn:xmpp:delay' from='{ROOM}'/>"
        "<stanza-id xmlns='urn:xmpp:sid:0' by='bob@example' id='2'/></message>"
    )
    alice.receives(
        "<message><body>x</body><stanza-id xmlns='urn:xmpp:sid:0' by='bob@example'/></message>",
        without=('code="104"', "id='1'", "delay"),
    )


def test_a_normal_message_to_the_room(alice: Person, bob: Person) -> None:
    """§17.2: messages that are improperly typed are refused."""
    bob.sends(f"<message to='{ROOM}'><body>x</body></message>")
    bob.receives(f"<message type='error'><error><bad-request xmlns='{STANZAS}'/></error></message>")
    alice.receives_nothing()
