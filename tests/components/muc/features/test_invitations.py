"""XEP-0045 §7.8: mediated invitations."""

import pytest

from tests.components.muc.conference import ROOM, USER, Conference, Person

STANZAS = "urn:ietf:params:xml:ns:xmpp-stanzas"
INVITE = (
    f"<message to='{ROOM}'><x xmlns='{USER}'><invite to='hecate@example'><reason>come</reason>"
    "</invite></x></message>"
)


@pytest.fixture
def hecate(conference: Conference) -> Person:
    """Somebody who is not there; the bare JID gets what is sent to no session."""
    return conference.person("hecate@example")


def test_mediated(bob: Person, hecate: Person) -> None:
    """§7.8.2: from the room, with the inviter as occupants see them, and the reason."""
    bob.sends(INVITE).receives_nothing()
    hecate.receives(
        f"<message from='{ROOM}'><x xmlns='{USER}'><invite from='{ROOM}/bob'>"
        "<reason>come</reason></invite></x></message>",
        without=("password", "bob@example"),
    )


def test_with_password(alice: Person, hecate: Person) -> None:
    """§7.8.2: the room adds its password."""
    alice.configures(passwordprotectedroom="1", roomsecret="crumpet").sends(INVITE)
    hecate.receives(f"<message><x xmlns='{USER}'><password>crumpet</password></x></message>")


def test_for_clients_that_know_direct_ones_only(alice: Person, hecate: Person) -> None:
    """§7.8.2: the like is permitted, since it was demanded once; here as XEP-0249 §2 has it."""
    alice.configures(passwordprotectedroom="1", roomsecret="crumpet").sends(INVITE)
    hecate.receives(
        f"<message from='{ROOM}'><x xmlns='{USER}'><invite/></x>"
        f"<x xmlns='jabber:x:conference' jid='{ROOM}' password='crumpet' reason='come'/></message>"
    )


def test_continuation(bob: Person, hecate: Person) -> None:
    """§7.9: <continue/> and its thread go along."""
    bob.sends(INVITE.replace("</invite>", "<continue thread='t1'/></invite>"))
    hecate.receives(f"<message><x xmlns='{USER}'><invite><continue thread='t1'/></invite></x></message>")


def test_from_outside(carol: Person, alice: Person, hecate: Person) -> None:
    """§7.8.2: only occupants invite."""
    carol.sends(INVITE).receives(
        f"<message type='error'><error><not-acceptable xmlns='{STANZAS}'/></error></message>"
    )
    hecate.receives_nothing()


def test_members_only_by_an_admin(alice: Person, hecate: Person, conference: Conference) -> None:
    """§7.8.2, §9.5: the invitee becomes a member, and may enter."""
    alice.configures(membersonly="1").sends(INVITE)
    hecate.receives("<message/>")
    conference.person("hecate@example/cauldron").enters("hecate").receives(f"<presence from='{ROOM}/alice'/>")


@pytest.mark.parametrize(("configured", "allowed"), [("0", False), ("1", True)])
def test_members_only_by_a_member(
    alice: Person, bob: Person, hecate: Person, configured: str, allowed: bool
) -> None:
    """§7.8.2, §9.5: forbidden for mere members, unless muc#roomconfig_allowinvites says otherwise."""
    alice.administers("<item affiliation='member' jid='bob@example'/>")
    alice.configures(membersonly="1", allowinvites=configured)
    bob.ignores().sends(INVITE)
    if allowed:
        hecate.receives("<message/>")
    else:
        bob.receives(f"<message type='error'><error><forbidden xmlns='{STANZAS}'/></error></message>")
        hecate.receives_nothing()


def test_an_open_room_makes_no_members(conference: Conference, bob: Person) -> None:
    """§9.5: invitations through an open room do not touch the member list."""
    bob.sends(INVITE)
    assert [key for table, key in conference.rows if table == "affiliation"] == [(1, "alice@example")]


def test_nobody_to_invite(bob: Person) -> None:
    """An invitation needs an address."""
    bob.sends(INVITE.replace("hecate@example", "@@"))
    bob.receives(f"<message type='error'><error><jid-malformed xmlns='{STANZAS}'/></error></message>")


@pytest.mark.parametrize(
    ("said", "condition"),
    [("item-not-found",) * 2, ("service-unavailable", "item-not-found"), ("remote-server-not-found",) * 2],
)
def test_nobody_there(conference: Conference, bob: Person, hecate: Person, said: str, condition: str) -> None:
    """§7.8.2: when the address does not exist the inviter hears so, under the id of the invitation."""
    bob.sends(INVITE.replace("<message", "<message id='i1'"))
    id = hecate.receives("<message/>").get("id")
    conference.restart()
    bounce = (
        f"<message type='error' id='{id}' to='{ROOM}'>"
        f"<error type='cancel'><{said} xmlns='{STANZAS}'/></error></message>"
    )
    hecate.sends(bounce)
    bob.receives(
        f"<message type='error' id='i1' from='{ROOM}'>"
        f"<error><{condition} xmlns='{STANZAS}'/></error></message>"
    )
    conference.person("eve@example").sends(bounce)
    hecate.sends(bounce.replace(str(id), "i1"))
    bob.receives_nothing()


def test_nobody_there_and_the_inviter_gone(bob: Person, alice: Person, hecate: Person) -> None:
    """§7.8.2: who has left the room hears nothing of it."""
    bob.sends(INVITE, f"<presence type='unavailable' to='{ROOM}/bob'/>").ignores()
    id = hecate.receives("<message/>").get("id")
    hecate.sends(
        f"<message type='error' id='{id}' to='{ROOM}'><error type='cancel'><gone xmlns='{STANZAS}'/></error>"
        "</message>"
    )
    bob.receives_nothing()


def test_in_another_language(bob: Person, hecate: Person) -> None:
    """§13: the language of the reason goes with it."""
    bob.sends(INVITE.replace("<message", "<message xml:lang='sco'"))
    hecate.receives("<message xml:lang='sco'/>")


@pytest.mark.parametrize(("whois", "inviter"), [("moderators", f"{ROOM}/bob"), ("anyone", "bob@example")])
def test_declined(alice: Person, bob: Person, carol: Person, whois: str, inviter: str) -> None:
    """§7.8.2: the room tells the inviter."""
    alice.configures(whois=whois)
    bob.ignores()
    carol.sends(
        f"<message to='{ROOM}'><x xmlns='{USER}'><decline to='{inviter}'><reason>busy</reason>"
        "</decline></x></message>"
    )
    bob.receives(
        f"<message from='{ROOM}'><x xmlns='{USER}'><decline from='carol@example'>"
        "<reason>busy</reason></decline></x></message>"
    )


@pytest.mark.parametrize("inviter", ["zoe@example", f"{ROOM}/zoe", "bob@example"])
def test_declined_to_nobody(bob: Person, carol: Person, inviter: str) -> None:
    """Who invited may have left; in a semi-anonymous room nobody learns in this way that bob is there."""
    carol.sends(f"<message to='{ROOM}'><x xmlns='{USER}'><decline to='{inviter}'/></x></message>")
    bob.receives_nothing()
    carol.receives(f"<message type='error'><error><item-not-found xmlns='{STANZAS}'/></error></message>")
