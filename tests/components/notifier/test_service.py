"""The service as its users' servers see it."""

import pytest

from tests.components.notifier.office import DOMAIN, Office


@pytest.fixture
def office() -> Office:
    return Office()


def test_subscriptions_are_granted(office: Office) -> None:
    """RFC 6121 §3.1.5: who adds the service to their contacts sees it available."""
    ann = office.person("ann@example").sends("<presence type='subscribe'/>", resource="")
    ann.receives(f"<presence from='{DOMAIN}' type='subscribed'/>", f"<presence from='{DOMAIN}'/>")


def test_probes_are_answered(office: Office) -> None:
    """RFC 6121 §4.3.2: a probe is answered with presence, to the one who probes."""
    ann = office.person("ann@example").sends("<presence type='probe'/>")
    ann.receives("<presence to='ann@example/phone'/>")
    ann.receives_nothing()


def test_discovery(office: Office) -> None:
    """XEP-0030: an automation that has commands."""
    ann = office.person("ann@example").sends(
        "<iq type='get' id='1'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>"
    )
    ann.receives(
        "<iq type='result' id='1'><query xmlns='http://jabber.org/protocol/disco#info'>"
        "<identity category='automation' type='bot' name='Alerts'/>"
        "<feature var='http://jabber.org/protocol/commands'/><feature var='urn:xmpp:ping'/>"
        "</query></iq>"
    )


def test_ping_and_version(office: Office) -> None:
    """XEP-0199 §4.4, XEP-0092."""
    ann = office.person("ann@example").sends(
        "<iq type='get' id='1'><ping xmlns='urn:xmpp:ping'/></iq>",
        "<iq type='get' id='2'><query xmlns='jabber:iq:version'/></iq>",
    )
    version = "<query xmlns='jabber:iq:version'><name>Stellwerk</name></query>"
    ann.receives("<iq type='result' id='1'/>", f"<iq type='result' id='2'>{version}</iq>")


def test_help_lists_what_can_be_said(office: Office) -> None:
    """Every verb has a line."""
    assert "help – what can be said" in office.person("ann@example").says("Help")


def test_what_is_not_understood_is_said_kindly(office: Office) -> None:
    """In text, since not every client shows errors."""
    assert office.person("ann@example").says("hlep") == "I do not know 'hlep'; did you mean help?"


def test_strangers_are_refused(office: Office) -> None:
    """RFC 6120 §8.3.3.4: people of other servers are not known here."""
    eve = office.person("eve@elsewhere").sends("<message type='chat' id='1'><body>help</body></message>")
    eve.receives("<message type='error' id='1'><error type='auth'/></message>").find("error")
    eve.receives_nothing()


def test_other_addresses_do_not_exist(office: Office) -> None:
    """There is one address."""
    ann = office.person("ann@example").sends(
        f"<message to='bob@{DOMAIN}' type='chat' id='1'><body>hi</body></message>"
    )
    ann.receives("<message type='error' id='1'/>")


def test_it_speaks_with_a_localpart(office: Office) -> None:
    """Some clients take what comes from a domain for announcements, which cannot be answered."""
    office.operates("alerts-notify", text="disk full", severity="error", key="d", to=["ann"])
    ann = office.person("ann@example")
    ann.receives(f"<message from='alerts@{DOMAIN}' id='1.1'/>")
    for address in (f"alerts@{DOMAIN}", DOMAIN):
        ann.sends(f"<message to='{address}' type='chat'><body>oncall</body></message>")
        ann.receives(f"<message from='{address}'><body>*</body></message>")
        ann.sends(f"<presence to='{address}' type='subscribe'/>", resource="")
        ann.receives(f"<presence from='{address}' type='subscribed'/>", f"<presence from='{address}'/>")
        ann.ignores()


def test_without_a_localpart() -> None:
    """Its domain is the address then."""
    office = Office(localpart="")
    office.operates("alerts-notify", text="disk full", severity="error", key="d", to=["ann"])
    office.person("ann@example").receives(f"<message from='{DOMAIN}' id='1.1'/>")
