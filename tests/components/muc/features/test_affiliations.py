"""XEP-0045 §9.1 to §9.5, §10.3 to §10.8: affiliations by request."""

import pytest

from tests.components.muc.conference import ADMIN, ROOM, USER, Conference, Person

STANZAS = "urn:ietf:params:xml:ns:xmpp-stanzas"


def refused(person: Person, condition: str) -> None:
    """The answer to a request is this error, and there is nothing else."""
    person.receives(f"<iq type='error' id='admin'><error><{condition} xmlns='{STANZAS}'/></error></iq>")
    person.receives_nothing()


def listed(person: Person, affiliation: str) -> list[dict[str, str]]:
    """The items of a list."""
    person.ignores().sends(
        f"<iq type='get' id='list' to='{ROOM}'><query xmlns='{ADMIN}'>"
        f"<item affiliation='{affiliation}'/></query></iq>"
    )
    answer = person.receives("<iq type='result' id='list'/>")
    return [{str(name): str(value) for name, value in item.attrib.items()} for item in answer[0]]


def test_ban(conference: Conference, alice: Person, bob: Person) -> None:
    """§9.1, §9.2: the result; the outcast with 301, reason and actor; the others; and no way back."""
    alice.administers("<item affiliation='outcast' jid='bob@example'><reason>Treason</reason></item>")
    banned = (
        f"<presence type='unavailable' from='{ROOM}/bob'><x xmlns='{USER}'>"
        "<item affiliation='outcast' role='none'>"
        "<actor nick='alice'/><reason>Treason</reason></item><status code='301'/></x></presence>"
    )
    bob.receives(banned.replace("</x>", "<status code='110'/></x>"))
    alice.receives("<iq type='result' id='admin'/>", banned)
    assert [text.partition(" ")[0] for text in conference.sent] == ["<iq", "<presence", "<presence"]
    assert "bob@example" in conference.sent[1]
    bob.enters("bob").receives(
        f"<presence type='error'><error><forbidden xmlns='{STANZAS}'/></error></presence>"
    )
    assert listed(alice, "outcast") == [{"affiliation": "outcast", "jid": "bob@example"}]


def test_ban_of_a_domain(alice: Person, bob: Person, conference: Conference) -> None:
    """§9.2: everybody of the domain, but not those with an affiliation of their own."""
    alice.administers("<item affiliation='member' jid='dora@evil.example'/>")
    dora = conference.person("dora@evil.example/x").enters("dora")
    eve = conference.person("eve@evil.example/x").enters("eve").ignores()
    alice.administers("<item affiliation='outcast' jid='evil.example'/>")
    eve.receives(f"<presence type='unavailable'><x xmlns='{USER}'><status code='301'/></x></presence>")
    dora.ignores(), bob.ignores()
    dora.says("phew").receives("<message/>")
    bob.receives("<message/>")


def test_ban_of_oneself(alice: Person) -> None:
    """§9.1: conflict."""
    alice.administers("<item affiliation='outcast' jid='alice@example'/>")
    refused(alice, "conflict")


def test_ban_of_an_owner_by_an_admin(alice: Person, bob: Person) -> None:
    """§9.1: not-allowed."""
    alice.administers("<item affiliation='admin' jid='bob@example'/>")
    bob.ignores().administers("<item affiliation='outcast' jid='alice@example'/>")
    refused(bob, "not-allowed")


def test_bans_are_all_or_none(alice: Person, bob: Person) -> None:
    """§9.2: a list with one prohibited ban changes nothing; bob stays."""
    alice.administers(
        "<item affiliation='outcast' jid='bob@example'/><item affiliation='outcast' jid='alice@example'/>"
    )
    refused(alice, "conflict")
    bob.receives_nothing()
    assert listed(alice, "outcast") == []


def test_membership(alice: Person, bob: Person) -> None:
    """§9.3, §9.4, §9.5: granted and revoked; all occupants learn of it after the result."""
    for affiliation in ("member", "none"):
        alice.administers(f"<item affiliation='{affiliation}' jid='bob@example'/>").receives(
            "<iq type='result'/>",
            f"<presence from='{ROOM}/bob'><x xmlns='{USER}'>"
            f"<item affiliation='{affiliation}' role='participant'/></x></presence>",
        )


def test_membership_gives_voice(alice: Person, carol: Person) -> None:
    """§5.1.3: a visitor of a moderated room who becomes a member is a participant."""
    alice.configures(moderatedroom="1")
    carol.enters("carol").ignores()
    alice.administers("<item affiliation='member' jid='carol@example'/>")
    carol.receives(
        f"<presence><x xmlns='{USER}'><item affiliation='member' role='participant'/></x></presence>"
    )


def test_lost_membership_of_a_members_only_room(alice: Person, bob: Person) -> None:
    """§9.4, §9.5: removed with 321, without a presence before that says only so, and not let in again."""
    alice.administers("<item affiliation='member' jid='bob@example'/>").configures(membersonly="1")
    alice.ignores(), bob.ignores()
    alice.administers("<item affiliation='none' jid='bob@example'/>")
    bob.receives(
        f"<presence type='unavailable'><x xmlns='{USER}'><item affiliation='none' role='none'/>"
        "<status code='110'/><status code='321'/></x></presence>"
    )
    alice.receives(
        "<iq type='result'/>",
        f"<presence type='unavailable' from='{ROOM}/bob'><x xmlns='{USER}'><status code='321'/></x>"
        "</presence>",
    )
    bob.receives_nothing()
    bob.enters("bob").receives("<presence type='error'><error type='auth'/></presence>")


def test_new_members_are_invited(conference: Conference, alice: Person) -> None:
    """§9.5: into a members-only room, with its password."""
    alice.configures(membersonly="1", passwordprotectedroom="1", roomsecret="crumpet")
    alice.administers("<item affiliation='member' jid='carol@example'/>")
    conference.person("carol@example").receives(
        f"<message from='{ROOM}'><x xmlns='{USER}'><invite from='*'/><password>crumpet</password>"
        "</x></message>"
    )


def test_admins_and_owners_are_the_owners_matter(alice: Person, bob: Person) -> None:
    """§10.3, §10.5, §10.6, §10.8: an admin may appoint neither."""
    alice.administers("<item affiliation='admin' jid='bob@example'/>")
    for affiliation in ("admin", "owner"):
        bob.ignores().administers(f"<item affiliation='{affiliation}' jid='carol@example'/>")
        refused(bob, "forbidden")


@pytest.mark.parametrize("affiliation", ["admin", "owner"])
def test_appointment(alice: Person, bob: Person, affiliation: str) -> None:
    """§10.3, §10.6: with the affiliation comes the role of moderator; both end together (§10.4, §10.7)."""
    alice.administers(f"<item affiliation='{affiliation}' jid='bob@example/laptop'/>").receives(
        "<iq type='result'/>"
    )
    bob.receives(
        f"<presence><x xmlns='{USER}'><item affiliation='{affiliation}' role='moderator'/></x></presence>"
    )
    alice.administers("<item affiliation='none' jid='bob@example/laptop'/>")
    bob.receives(f"<presence><x xmlns='{USER}'><item affiliation='none' role='participant'/></x></presence>")


def test_the_last_owner_stays(alice: Person) -> None:
    """§10.2, §10.4, §10.5: conflict; with another owner it is possible."""
    alice.administers("<item affiliation='admin' jid='alice@example'/>")
    refused(alice, "conflict")
    alice.administers(
        "<item affiliation='owner' jid='carol@example'/><item affiliation='admin' jid='alice@example'/>"
    ).receives("<iq type='result'/>")


def test_affiliations_by_nobody_in_particular(bob: Person, carol: Person) -> None:
    """§9, §9.5: forbidden for those who are neither admin nor owner."""
    for person in (bob, carol):
        person.administers("<item affiliation='member' jid='zoe@example'/>")
        refused(person, "forbidden")


def test_malformed(alice: Person) -> None:
    """Addresses that are none, affiliations that do not exist."""
    alice.administers("<item affiliation='member' jid='@@'/>")
    refused(alice, "jid-malformed")
    alice.administers("<item affiliation='king' jid='bob@example'/>")
    refused(alice, "bad-request")
    alice.administers("")
    refused(alice, "bad-request")


def test_lists_are_kept_from_others(alice: Person, bob: Person, carol: Person) -> None:
    """§9.2, §9.5, §10.5, §10.8: forbidden in a semi-anonymous room."""
    for affiliation in ("outcast", "member", "admin", "owner"):
        for person in (bob, carol):
            person.sends(
                f"<iq type='get' id='admin' to='{ROOM}'><query xmlns='{ADMIN}'>"
                f"<item affiliation='{affiliation}'/></query></iq>"
            )
            refused(person, "forbidden")


def test_member_list_of_a_non_anonymous_room(alice: Person, bob: Person) -> None:
    """§9.5, §17.4: any member may see it, with the reserved nicknames."""
    alice.configures(whois="anyone").administers("<item affiliation='member' jid='bob@example' nick='bob'/>")
    assert listed(bob, "member") == [{"affiliation": "member", "jid": "bob@example", "nick": "bob"}]


def test_reserved_nickname(alice: Person, bob: Person) -> None:
    """§9.3, §9.5: reserved with the membership, freed by an empty one, conflict if it is another's."""
    alice.administers("<item affiliation='member' jid='bob@example' nick='rob'/>").ignores()
    alice.administers("<item affiliation='member' jid='carol@example' nick='rob'/>")
    refused(alice, "conflict")
    alice.administers("<item affiliation='member' jid='bob@example' nick=''/>")
    assert listed(alice, "member") == [{"affiliation": "member", "jid": "bob@example"}]


def test_member_list_for_roles(alice: Person, bob: Person) -> None:
    """§9.5, getmemberlist: for occupants with a role that the configuration names."""
    ask = (
        f"<iq type='get' id='l' to='{ROOM}'><query xmlns='{ADMIN}'><item affiliation='member'/></query></iq>"
    )
    alice.administers("<item affiliation='member' jid='carol@example'/>")
    bob.ignores().sends(ask).receives("<iq type='error'/>")
    alice.configures(getmemberlist="participant")
    bob.ignores().sends(ask).receives(
        f"<iq type='result'><query xmlns='{ADMIN}'><item affiliation='member' jid='carol@example'/>"
        "</query></iq>"
    )


def test_ban_of_several_sessions(conference: Conference, alice: Person, bob: Person) -> None:
    """§9.1, §7.2.8: all sessions of the outcast, under whatever nickname, are told and gone."""
    phone = conference.person("bob@example/phone").enters("bob").ignores()
    tablet = conference.person("bob@example/tablet").enters("robert").ignores()
    bob.ignores(), phone.ignores()
    alice.ignores().administers("<item affiliation='outcast' jid='bob@example/laptop'/>")
    for session in (bob, phone, tablet):
        session.receives(
            f"<presence type='unavailable'><x xmlns='{USER}'><status code='301'/></x></presence>"
        )
        session.ignores()
    alice.says("alone")
    assert not bob.inbox and not phone.inbox and not tablet.inbox


def test_ban_frees_the_nickname(alice: Person, bob: Person, carol: Person) -> None:
    """§9.1, §9.2: an outcast's reserved nickname is reserved no more, nor shown in the list."""
    alice.administers("<item affiliation='member' jid='bob@example' nick='rob'/>")
    alice.administers("<item affiliation='outcast' jid='bob@example' nick='rob'/>")
    assert listed(alice, "outcast") == [{"affiliation": "outcast", "jid": "bob@example"}]
    carol.enters("rob").receives(f"<presence from='{ROOM}/alice'/>")


def test_the_end_of_a_ban(alice: Person, carol: Person) -> None:
    """§9.2: with the affiliation none everybody may come in again."""
    for affiliation in ("outcast", "none"):
        alice.administers(f"<item affiliation='{affiliation}' jid='carol@example'/>")
    assert listed(alice, "outcast") == []
    carol.enters("carol").receives(f"<presence from='{ROOM}/alice'/>")


@pytest.mark.parametrize("victim", ["admin", "owner"])
@pytest.mark.parametrize("affiliation", ["member", "none"])
def test_status_of_admins_and_owners_by_an_admin(
    alice: Person, bob: Person, victim: str, affiliation: str
) -> None:
    """§10.4, §10.5, §10.7, §10.8: forbidden for those who are no owners."""
    alice.administers(
        f"<item affiliation='admin' jid='bob@example'/><item affiliation='{victim}' jid='dora@example'/>"
    )
    bob.ignores().administers(f"<item affiliation='{affiliation}' jid='dora@example'/>")
    refused(bob, "forbidden")


def test_the_offending_item(alice: Person) -> None:
    """§8.4: the error repeats what was not possible, and only that."""
    alice.administers(
        "<item affiliation='member' jid='bob@example'/><item affiliation='outcast' jid='alice@example'/>"
    )
    answer = alice.receives(
        f"<iq type='error'><query xmlns='{ADMIN}'><item affiliation='outcast' jid='alice@example'/></query>"
        "<error/></iq>"
    )
    assert len(answer[0]) == 1


def test_another_owner_may_go(alice: Person, bob: Person) -> None:
    """§10.4, §10.5: an owner revokes another's status, and their own while there is another one."""
    alice.administers("<item affiliation='owner' jid='bob@example'/>")
    bob.ignores().administers("<item affiliation='member' jid='alice@example'/>").receives(
        "<iq type='result'/>",
        f"<presence from='{ROOM}/alice'><x xmlns='{USER}'><item affiliation='member' role='participant'/>"
        "</x></presence>",
    )
    assert {item["jid"] for item in listed(bob, "owner")} == {"bob@example"}


@pytest.mark.parametrize("affiliation", ["outcast", "member", "admin", "owner"])
def test_what_a_list_tells(alice: Person, affiliation: str) -> None:
    """§9.2, §9.5, §10.3, §10.5, §10.6, §10.8, §17.4: affiliation and bare JID, never the role; full JIDs
    are cut.
    """
    alice.administers(f"<item affiliation='{affiliation}' jid='zoe@example/desk'/>")
    assert {"affiliation": affiliation, "jid": "zoe@example"} in listed(alice, affiliation)
    assert all("role" not in item for item in listed(alice, affiliation))


def test_several_at_once(conference: Conference, alice: Person, bob: Person, carol: Person) -> None:
    """§9.2, §9.5, §10.5, §10.8: a changed list is told after the result, one by one, in its order."""
    carol.enters("carol").ignores()
    alice.ignores().administers(
        "<item affiliation='admin' jid='bob@example'/><item affiliation='member' jid='carol@example'/>"
        "<item affiliation='owner' jid='zoe@example'/>"
    ).receives(
        "<iq type='result'/>",
        f"<presence from='{ROOM}/bob'><x xmlns='{USER}'><item affiliation='admin'/></x></presence>",
        f"<presence from='{ROOM}/carol'><x xmlns='{USER}'><item affiliation='member'/></x></presence>",
        f"<message><x xmlns='{USER}'><item affiliation='owner' jid='zoe@example'/></x></message>",
    )


def test_member_list_from_outside(alice: Person, carol: Person) -> None:
    """§9.5: a member may see it without being in the room, if the room is non-anonymous."""
    alice.administers("<item affiliation='member' jid='carol@example'/>")
    carol.sends(
        f"<iq type='get' id='admin' to='{ROOM}'><query xmlns='{ADMIN}'><item affiliation='member'/>"
        "</query></iq>"
    )
    refused(carol, "forbidden")
    alice.configures(whois="anyone", membersonly="1")
    assert listed(carol, "member") == [{"affiliation": "member", "jid": "carol@example"}]


def test_what_somebody_has_already(alice: Person, bob: Person) -> None:
    """§9.3: membership that is granted again is shown again, to those who may have missed it."""
    for _ in range(2):
        alice.ignores().administers("<item affiliation='member' jid='bob@example'/>").receives(
            "<iq type='result'/>",
            f"<presence from='{ROOM}/bob'><x xmlns='{USER}'><item affiliation='member'/></x></presence>",
        )
