"""XEP-0045 §7.14: exiting a room."""

from tests.components.muc.conference import OPEN, ROOM, USER, Conference, Person

GONE = (
    f"<presence type='unavailable' from='{ROOM}/bob'><x xmlns='{USER}'>"
    "<item affiliation='none' role='none'/>%s</x></presence>"
)


def test_leaving(alice: Person, bob: Person) -> None:
    """§7.14: self-presence with 110 to the one who leaves, unavailable presence to the others."""
    bob.sends(f"<presence type='unavailable' to='{ROOM}/bob'/>").receives(GONE % "<status code='110'/>")
    alice.receives(GONE % "", without=('code="110"',))
    alice.says("alone")
    bob.receives_nothing()


def test_exit_message(alice: Person, bob: Person) -> None:
    """§7.14: a status goes with the exit."""
    bob.sends(f"<presence type='unavailable' to='{ROOM}/bob'><status>tea time</status></presence>")
    alice.receives("<presence type='unavailable'><status>tea time</status></presence>")


def test_leaving_without_being_there(alice: Person, carol: Person) -> None:
    """§17.3: unavailable presence of somebody with the role none is ignored."""
    carol.sends(f"<presence type='unavailable' to='{ROOM}/carol'/>").receives_nothing()
    alice.receives_nothing()


def test_presence_probe_is_neither_entry_nor_exit(alice: Person, bob: Person, carol: Person) -> None:
    """§17.3: presences of other types neither enter nor leave."""
    for person in (bob, carol):
        person.sends(f"<presence type='probe' to='{ROOM}/{person.jid.partition('@')[0]}'/>")
    alice.receives_nothing()
    bob.ignores(), carol.ignores()
    alice.says("still here?")
    bob.receives("<message><body>still here?</body></message>")
    carol.receives_nothing()


def test_one_of_two_sessions_leaves(conference: Conference, alice: Person, bob: Person) -> None:
    """§7.2.8: the occupant stays until the last of its sessions has left."""
    phone = conference.person("bob@example/phone").enters("bob").ignores()
    alice.ignores(), bob.ignores()
    phone.sends(f"<presence type='unavailable' to='{ROOM}/bob'/>").receives(GONE % "<status code='110'/>")
    alice.receives(
        f"<presence from='{ROOM}/bob'><x xmlns='{USER}'><item jid='bob@example/laptop'/></x></presence>"
    )
    bob.ignores().sends(f"<presence type='unavailable' to='{ROOM}/bob'/>")
    alice.receives(GONE % "")


def test_a_temporary_room_ends_with_its_last_occupant(conference: Conference, alice: Person) -> None:
    """§7.14: the service destroys it; whoever comes next creates it anew."""
    alice.sends(f"<presence type='unavailable' to='{ROOM}/alice'/>")
    assert not conference.rooms_rows
    carol = conference.person("carol@example/phone").enters("carol")
    carol.receives(
        f"<presence><x xmlns='{USER}'><item affiliation='owner'/><status code='201'/></x></presence>"
    )


def test_a_persistent_room_stays(conference: Conference, alice: Person) -> None:
    """§4.2: a persistent room is there when everybody has left."""
    alice.configures(persistentroom="1").sends(f"<presence type='unavailable' to='{ROOM}/alice'/>")
    carol = conference.person("carol@example/phone").enters("carol")
    carol.receives(
        f"<presence><x xmlns='{USER}'><item affiliation='none' role='participant'/></x></presence>",
        without=('code="201"',),
    )


def test_a_room_that_was_never_configured_ends(conference: Conference) -> None:
    """§10.1.3: when its creator leaves before the configuration, the room is destroyed, as they are told."""
    dora = conference.person("dora@example/pad").enters("dora").ignores()
    dora.sends(f"<presence type='unavailable' to='{ROOM}/dora'/>").receives(
        f"<presence type='unavailable' from='{ROOM}/dora'><x xmlns='{USER}'><destroy/></x></presence>"
    )
    dora.sends(OPEN).receives(
        "<iq type='error'><error type='cancel'>"
        "<item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>"
    )
