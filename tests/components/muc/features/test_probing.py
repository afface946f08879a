"""XEP-0045 §17.3: presence probes."""

from tests.components.muc.conference import ROOM, USER, Conference, Person

STANZAS = "urn:ietf:params:xml:ns:xmpp-stanzas"


def test_own_presence(conference: Conference, alice: Person, bob: Person) -> None:
    """§17.3: asked about the room or its own nickname, the occupant's server gets its presence."""
    server = conference.person("bob@example")  # RFC 6121 §4.3: probes come from the bare JID
    for to in (ROOM, f"{ROOM}/bob"):
        server.sends(f"<presence type='probe' to='{to}'/>").receives(
            f"<presence from='{ROOM}/bob'><x xmlns='{USER}'><status code='110'/></x></presence>"
        )
    alice.receives_nothing()


def test_anothers_presence(alice: Person, bob: Person) -> None:
    """§17.3: occupants may ask about one another; who sees addresses is as ever (§7.2.4)."""
    bob.sends(f"<presence type='probe' to='{ROOM}/alice'/>").receives(
        f"<presence from='{ROOM}/alice'/>", without=("jid=",)
    )
    alice.sends(f"<presence type='probe' to='{ROOM}/bob'/>").receives(
        f"<presence from='{ROOM}/bob'><x xmlns='{USER}'><item jid='bob@example/laptop'/></x></presence>"
    )


def test_strangers(alice: Person, carol: Person) -> None:
    """§7.2.18: who is not in the room learns that, and nothing of those who are."""
    carol.sends(f"<presence type='probe' to='{ROOM}/alice'/>").receives(
        f"<presence type='unavailable' from='{ROOM}/alice'><x xmlns='{USER}'><item role='none'/>"
        "<status code='110'/><status code='333'/></x></presence>",
        without=("alice@",),
    )


def test_nobody(bob: Person) -> None:
    """A nickname nobody has, or whose presence is not shown: item-not-found."""
    bob.sends(f"<presence type='probe' to='{ROOM}/zoe'/>").receives(
        f"<presence type='error'><error><item-not-found xmlns='{STANZAS}'/></error></presence>"
    )
