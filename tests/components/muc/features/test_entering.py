"""XEP-0045 §7.1, §7.2 and §7.7: entering a room, and presence in it."""

import pytest

from tests.components.muc.conference import ENTER, OPEN, ROOM, USER, Conference, Person

WITH_PASSWORD = "<x xmlns='http://jabber.org/protocol/muc'><password>%s</password></x>"


def refused(person: Person, condition: str, kind: str) -> None:
    """The answer to entering is this error, with the marker of what failed."""
    person.receives(
        f"<presence type='error' from='{ROOM}/*'><x xmlns='http://jabber.org/protocol/muc'/>"
        f"<error type='{kind}' by='{ROOM}'><{condition} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>"
        "</presence>".replace(f"{ROOM}/*", "*")
    )
    person.receives_nothing()


def test_order_of_events(conference: Conference, alice: Person, bob: Person, carol: Person) -> None:
    """§7.1, §7.2.2, §7.2.13, §7.2.15: others' presences, self-presence, history, subject; then what is new
    (§7.2.16).
    """
    alice.says("first").sends(f"<message type='groupchat' to='{ROOM}'><subject>Biscuits</subject></message>")
    alice.ignores(), bob.ignores()
    carol.enters("carol").receives(
        f"<presence from='{ROOM}/alice'><x xmlns='{USER}'>"
        "<item affiliation='owner' role='moderator'/></x></presence>",
        f"<presence from='{ROOM}/bob'><x xmlns='{USER}'>"
        "<item affiliation='none' role='participant'/></x></presence>",
        f"<presence from='{ROOM}/carol'><x xmlns='{USER}'>"
        "<item affiliation='none' role='participant'/><status code='110'/></x></presence>",
        f"<message from='{ROOM}/alice' type='groupchat'><body>first</body>"
        f"<delay xmlns='urn:xmpp:delay' from='{ROOM}' stamp='2026-05-04T12:00:00Z'/></message>",
        f"<message from='{ROOM}/alice' type='groupchat'><subject>Biscuits</subject>"
        f"<delay xmlns='urn:xmpp:delay' from='{ROOM}' stamp='2026-05-04T12:00:00Z'/></message>",
    )
    bob.says("second").sends(f"<presence to='{ROOM}/bob'><show>away</show></presence>")
    carol.receives("<message><body>second</body></message>", "<presence><show>away</show></presence>")
    carol.receives_nothing()


def test_presence_goes_to_all_others(alice: Person, bob: Person, carol: Person) -> None:
    """§7.2.2, §7.2.4, §17.3: to everybody; the full JID to moderators only in a semi-anonymous room."""
    carol.enters("carol")
    alice.receives(
        f"<presence from='{ROOM}/carol'><x xmlns='{USER}'><item jid='carol@example/phone'/></x></presence>"
    )
    bob.receives(f"<presence from='{ROOM}/carol'><x xmlns='{USER}'><item/></x></presence>", without=("jid=",))


def test_the_self_presence_carries_the_id_of_the_request(carol: Person) -> None:
    """§7.2.2: for tracking, the room may reflect the id."""
    carol.sends(f"<presence id='e1' to='{ROOM}/carol'>{ENTER}</presence>")
    assert carol.inbox[1].get("id") == "e1"


def test_non_anonymous_room(alice: Person, bob: Person, carol: Person) -> None:
    """§7.2.3, §14.5: everybody sees full JIDs, and is warned by status 100."""
    alice.configures(whois="anyone")
    bob.ignores()
    carol.enters("carol").receives(
        f"<presence from='{ROOM}/alice'><x xmlns='{USER}'><item jid='alice@example/desk'/></x></presence>",
        f"<presence from='{ROOM}/bob'><x xmlns='{USER}'><item jid='bob@example/laptop'/></x></presence>",
        f"<presence from='{ROOM}/carol'><x xmlns='{USER}'><item jid='carol@example/phone'/>"
        "<status code='110'/><status code='100'/></x></presence>",
    )
    bob.receives(f"<presence><x xmlns='{USER}'><item jid='carol@example/phone'/></x></presence>")


def test_no_nickname(carol: Person) -> None:
    """§7.2.1, §17.1: an address without nickname is malformed."""
    carol.sends(f"<presence to='{ROOM}'>{ENTER}</presence>")
    carol.receives(
        f"<presence type='error' from='{ROOM}'><error type='modify'>"
        "<jid-malformed xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></presence>"
    )


def test_invisible_nickname(carol: Person) -> None:
    """§17.1: nicknames are not of spaces alone."""
    carol.enters("&#x20;&#x20;")
    refused(carol, "not-acceptable", "modify")


@pytest.mark.parametrize("x", [ENTER, WITH_PASSWORD % "wrong"])
def test_wrong_password(alice: Person, carol: Person, x: str) -> None:
    """§7.2.5: not-authorized without the password and with a wrong one."""
    alice.configures(passwordprotectedroom="1", roomsecret="crumpet").ignores()
    carol.enters("carol", x=x)
    refused(carol, "not-authorized", "auth")
    alice.receives_nothing()


def test_right_password(alice: Person, carol: Person) -> None:
    """§7.2.5: with the password the way is free; nobody else gets to see it."""
    alice.configures(passwordprotectedroom="1", roomsecret="crumpet").ignores()
    carol.enters("carol", x=WITH_PASSWORD % "crumpet")
    alice.receives(f"<presence from='{ROOM}/carol'/>", without=("crumpet", "password"))


def test_members_only(alice: Person, carol: Person) -> None:
    """§7.2.6: registration-required for others, entry as a participant for members."""
    alice.configures(membersonly="1")
    carol.enters("carol")
    refused(carol, "registration-required", "auth")
    alice.administers("<item affiliation='member' jid='carol@example'/>")
    carol.ignores().enters("carol").receives(
        f"<presence from='{ROOM}/alice'/>",
        f"<presence from='{ROOM}/carol'><x xmlns='{USER}'>"
        "<item affiliation='member' role='participant'/></x></presence>",
    )


@pytest.mark.parametrize("banned", ["carol@example", "example"])
def test_banned(conference: Conference, carol: Person, banned: str) -> None:
    """§7.2.7, §9.2: forbidden for an outcast, be it by address or by domain."""
    owner = conference.person("owner@elsewhere/x").enters("owner", room=f"den@{conference.service.domain}")
    den = f"den@{conference.service.domain}"
    owner.sends(OPEN.replace(ROOM, den)).administers(
        f"<item affiliation='outcast' jid='{banned}'/>", room=den
    )
    carol.enters("carol", room=den)
    carol.receives(
        "<presence type='error'><error type='auth'>"
        "<forbidden xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></presence>"
    )


def test_nickname_conflict(bob: Person, carol: Person) -> None:
    """§7.2.8: conflict for the nickname of another user."""
    carol.enters("bob")
    refused(carol, "conflict", "cancel")
    bob.receives_nothing()


def test_reserved_nickname(alice: Person, carol: Person) -> None:
    """§7.2.8, §7.12: conflict for a nickname reserved for a member who is not there."""
    alice.administers("<item affiliation='member' jid='dora@example' nick='dora'/>")
    carol.enters("dora")
    refused(carol, "conflict", "cancel")


def test_two_sessions_share_a_nickname(conference: Conference, alice: Person, bob: Person) -> None:
    """§7.2.8: a user's second session enters under the same nickname, and both get what is said."""
    phone = conference.person("bob@example/phone").enters("bob")
    phone.receives(f"<presence from='{ROOM}/alice'/>", f"<presence from='{ROOM}/bob'/>")
    phone.ignores(), bob.ignores()
    alice.says("both of you")
    for session in (phone, bob):
        session.receives("<message><body>both of you</body></message>")
    phone.says("from the phone")
    bob.receives(f"<message from='{ROOM}/bob'><body>from the phone</body></message>")


def test_max_occupants(alice: Person, bob: Person, carol: Person) -> None:
    """§7.2.9: service-unavailable when the room is full, but not for an admin."""
    alice.configures(maxusers="2")
    carol.enters("carol")
    refused(carol, "service-unavailable", "wait")
    alice.administers("<item affiliation='admin' jid='carol@example'/>")
    carol.enters("carol").receives(f"<presence from='{ROOM}/alice'/>")


def test_locked_room(conference: Conference) -> None:
    """§7.2.10: while its creator configures it, a room is not found by others."""
    conference.person("alice@example/desk").enters("alice")
    carol = conference.person("carol@example/phone").enters("carol")
    refused(carol, "item-not-found", "cancel")


def test_presence_of_a_stranger_is_no_entry(bob: Person, carol: Person) -> None:
    """§7.2.18: presence without <x/> from a non-occupant is answered with 110, 307 and 333."""
    carol.sends(f"<presence to='{ROOM}/carol'/>").receives(
        f"<presence type='unavailable' from='{ROOM}/carol'><x xmlns='{USER}'>"
        "<item affiliation='none' role='none'/>"
        "<status code='110'/><status code='307'/><status code='333'/></x></presence>"
    )
    bob.receives_nothing()


def test_availability(alice: Person, bob: Person) -> None:
    """§7.7, §17.3: a changed presence reaches everybody, with role and affiliation, and all it contains."""
    bob.sends(f"<presence to='{ROOM}/bob'><show>xa</show><status>tea</status><a xmlns='urn:a'/></presence>")
    pattern = (
        f"<presence from='{ROOM}/bob'><show>xa</show><status>tea</status><a xmlns='urn:a'/>"
        f"<x xmlns='{USER}'><item affiliation='none' role='participant'/></x></presence>"
    )
    alice.receives(pattern)
    bob.receives(pattern)


def test_only_the_room_speaks_of_roles(alice: Person, bob: Person) -> None:
    """§17.3: muc#user information from an occupant is not reflected."""
    bob.sends(f"<presence to='{ROOM}/bob'><x xmlns='{USER}'><item role='moderator'/></x></presence>")
    shown = alice.receives(f"<presence><x xmlns='{USER}'><item role='participant'/></x></presence>")
    assert len(shown.findall(f"{{{USER}}}x")) == 1


def test_entering_again_shows_everything_again(alice: Person, bob: Person) -> None:
    """§7.2.1, §17.3: a join of an occupant is a request for full synchronisation, unseen by the others."""
    bob.enters("bob").receives(
        f"<presence from='{ROOM}/alice'/>",
        f"<presence from='{ROOM}/bob'><x xmlns='{USER}'><status code='110'/></x></presence>",
        "<message><subject/></message>",
    )
    alice.receives_nothing()


def test_entering_again_under_another_nickname(alice: Person, bob: Person) -> None:
    """§17.3, §7.6: a changed nickname for the others, everything for the one who asks."""
    bob.enters("rob").receives(
        f"<presence type='unavailable' from='{ROOM}/bob'/>",
        f"<presence from='{ROOM}/rob'/>",
        f"<presence from='{ROOM}/alice'/>",
        f"<presence from='{ROOM}/rob'><x xmlns='{USER}'><status code='110'/></x></presence>",
        "<message><subject/></message>",
    )
    alice.receives(f"<presence type='unavailable' from='{ROOM}/bob'/>", f"<presence from='{ROOM}/rob'/>")
    alice.receives_nothing()


def test_entering_again_with_another_presence(alice: Person, bob: Person) -> None:
    """§17.3: the others see a presence that is not the one of before."""
    bob.sends(f"<presence to='{ROOM}/bob'><show>away</show>{ENTER}</presence>")
    alice.receives(f"<presence from='{ROOM}/bob'><show>away</show></presence>")


def test_logged_room(alice: Person, carol: Person) -> None:
    """§7.2.12, §14.3: whoever enters a room with an archive is told so by 170; without one, not."""
    self_presence = f"<presence from='{ROOM}/carol'><x xmlns='{USER}'>%s</x></presence>"
    carol.enters("carol").receives("<presence/>", self_presence % "<status code='170'/>")
    alice.configures(enablelogging="0")
    carol.ignores().enters("carol").receives("<presence/>")
    carol.receives(self_presence % "", without=('code="170"',))


def test_some_admins_more_than_the_limit(conference: Conference, alice: Person) -> None:
    """§7.2.9: admins and owners enter a full room, up to a reasonable number."""
    alice.configures(maxusers="1")
    for number in range(12):
        alice.administers(f"<item affiliation='admin' jid='a{number}@example'/>")
        conference.person(f"a{number}@example/x").enters(f"admin {number}")
    assert len(conference.service.rooms["tea"].occupants) == 11


@pytest.mark.parametrize("kind", ["subscribe", "subscribed", "unsubscribe", "probe", "unavailable"])
def test_presences_of_other_types_are_no_entry(alice: Person, carol: Person, kind: str) -> None:
    """§7.2.1, §17.3: only available presence enters."""
    carol.sends(f"<presence type='{kind}' to='{ROOM}/carol'>{ENTER}</presence>")
    alice.receives_nothing()


def test_addresses(conference: Conference, alice: Person) -> None:
    """§17.1: Room IDs by Nodeprep, nicknames by Resourceprep: other capitals, the same room."""
    carol = conference.person("carol@example/phone").enters("Ka\u0308te", room=ROOM.upper())
    carol.receives(f"<presence from='{ROOM}/alice'/>", f"<presence from='{ROOM}/K\u00e4te'/>")


def test_the_language_of_a_status(alice: Person, bob: Person, carol: Person) -> None:
    """§13: what is said in a language is shown in it, to those who come later, too."""
    bob.sends(f"<presence xml:lang='de' to='{ROOM}/bob'><show>away</show><status>Tee</status></presence>")
    shown = f"<presence from='{ROOM}/bob'><status xml:lang='de'>Tee</status></presence>"
    alice.receives(shown)
    carol.enters("carol").receives("<presence/>", shown)


def test_roles_that_are_not_shown(alice: Person, bob: Person, carol: Person) -> None:
    """§7.2.2, presencebroadcast: a role that is not broadcast is seen by the occupant alone."""
    alice.configures(presencebroadcast="moderator").ignores()
    bob.ignores()
    carol.enters("carol").receives(
        f"<presence from='{ROOM}/alice'/>",
        f"<presence from='{ROOM}/carol'/>",
        "<message><subject/></message>",
    )
    carol.receives_nothing()
    alice.receives_nothing()
    bob.receives_nothing()
