"""XEP-0060: topics as nodes, for clients and programs that know pubsub."""

import pytest

from tests.components.notifier.office import DOMAIN, Office, Somebody

PUBSUB = "http://jabber.org/protocol/pubsub"
EVENT = f"{PUBSUB}#event"
ERRORS = f"{PUBSUB}#errors"
STANZAS = "urn:ietf:params:xml:ns:xmpp-stanzas"
ATOM = "http://www.w3.org/2005/Atom"
DISCO = "http://jabber.org/protocol/disco"


@pytest.fixture
def office() -> Office:
    """A notifier with two topics, one of them not for everybody."""
    return Office(
        topics={
            "releases": {"description": "What is new", "publishers": ["rob@example"]},
            "board": {"readers": ["ben"]},
        },
        people={"persons": {"ben": {}}},
    )


@pytest.fixture
def ann(office: Office) -> Somebody:
    """A subscriber."""
    return office.person("ann@example")


def asks(somebody: Somebody, kind: str, action: str) -> Somebody:
    """A request to the service."""
    return somebody.sends(f"<iq type='{kind}' id='1'><pubsub xmlns='{PUBSUB}'>{action}</pubsub></iq>")


def publish(office: Office, title: str, id: str) -> None:
    """By pubsub."""
    rob = office.person("rob@example")
    asks(
        rob,
        "set",
        f"<publish node='releases'><item id='{id}'><entry xmlns='{ATOM}'><title>{title}</title>"
        "<content>Faster.</content><link href='https://example/1.4'/></entry></item></publish>",
    )
    rob.receives(
        f"<iq type='result'><pubsub xmlns='{PUBSUB}'><publish node='releases'><item id='{id}'/></publish>"
        "</pubsub></iq>"
    )


def test_subscribe_and_be_told(office: Office, ann: Somebody) -> None:
    """§6.1, §7.1.2.1; and again after a restart; §6.2 no more."""
    asks(ann, "set", "<subscribe node='releases' jid='ann@example'/>").receives(
        f"<iq type='result' id='1'><pubsub xmlns='{PUBSUB}'>"
        "<subscription node='releases' jid='ann@example' subscription='subscribed'/></pubsub></iq>"
    )
    publish(office, "1.4 is out", "r14")
    ann.receives(
        f"<message from='{DOMAIN}' type='headline'><event xmlns='{EVENT}'><items node='releases'>"
        f"<item id='r14'><entry xmlns='{ATOM}'><title>1.4 is out</title><content>Faster.</content>"
        "<link href='https://example/1.4'/></entry></item></items></event></message>"
    )
    office.restart()
    publish(office, "1.5 is out", "r15")
    ann.receives(f"<message><event xmlns='{EVENT}'><items><item id='r15'/></items></event></message>")
    asks(ann, "set", "<unsubscribe node='releases' jid='ann@example'/>").receives("<iq type='result'/>")
    publish(office, "1.6 is out", "r16")
    ann.receives_nothing()


def test_a_new_subscriber_has_the_last_item(office: Office, ann: Somebody) -> None:
    """§6.1.7, after the answer; who subscribes again has it not."""
    publish(office, "1.4 is out", "r14")
    subscribe = "<subscribe node='releases' jid='ann@example/phone'/>"
    asks(ann, "set", subscribe).receives("<iq type='result'/>")
    assert asks(ann, "set", subscribe).inbox.pop().get("type") == "result"
    assert len(ann.inbox) == 1
    ann.receives(
        "<message to='ann@example/phone'>"
        f"<event xmlns='{EVENT}'><items><item id='r14'/></items></event></message>"
    )


def test_retrieve(office: Office, ann: Somebody) -> None:
    """§6.5 items: all, some, by id; §5.6 subscriptions."""
    for number in range(4, 7):
        publish(office, f"1.{number} is out", f"r1{number}")

    def ids(attributes: str = "", inner: str = "") -> list[str | None]:
        asks(ann, "get", f"<items node='releases' {attributes}>{inner}</items>")
        return [item.get("id") for item in ann.inbox.pop(0).iter(f"{{{PUBSUB}}}item")]

    assert ids() == ["r14", "r15", "r16"]
    assert ids("max_items='2'") == ["r15", "r16"]
    assert ids(inner="<item id='r14'/><item id='r99'/>") == ["r14"]
    asks(ann, "set", "<subscribe node='releases' jid='ann@example'/>").ignores()
    asks(ann, "get", "<subscriptions/>").receives(
        f"<iq type='result'><pubsub xmlns='{PUBSUB}'><subscriptions>"
        "<subscription node='releases' jid='ann@example'/></subscriptions></pubsub></iq>"
    )


@pytest.mark.parametrize(
    ("kind", "action", "condition", "detail"),
    [
        ("set", "<subscribe node='releases' jid='bob@example'/>", "bad-request", "invalid-jid"),
        ("set", "<subscribe jid='ann@example'/>", "bad-request", "nodeid-required"),
        ("set", "<subscribe node='nothing' jid='ann@example'/>", "item-not-found", ""),
        ("set", "<subscribe node='board' jid='ann@example'/>", "item-not-found", ""),
        ("set", "<unsubscribe node='releases' jid='ann@example'/>", "unexpected-request", "not-subscribed"),
        ("set", "<publish node='releases'><item/></publish>", "forbidden", ""),
        ("set", "<create node='mine'/>", "feature-not-implemented", "unsupported"),
        ("get", "<affiliations/>", "feature-not-implemented", "unsupported"),
        ("get", "", "feature-not-implemented", "unsupported"),
        ("get", "<items node='board'/>", "item-not-found", ""),
    ],
)
def test_refusals(office: Office, ann: Somebody, kind: str, action: str, condition: str, detail: str) -> None:
    """With the condition of RFC 6120, and that of §12 where there is one."""
    inner = f"<{condition} xmlns='{STANZAS}'/>" + (f"<{detail} xmlns='{ERRORS}'/>" if detail else "")
    asks(ann, kind, action).receives(f"<iq type='error'><error>{inner}</error></iq>")


def test_publishing_what_is_no_item(office: Office) -> None:
    """§7.1.3."""
    rob = office.person("rob@example")
    for item, detail in (("", "item-required"), ("<item><x xmlns='y'/></item>", "invalid-payload")):
        asks(rob, "set", f"<publish node='releases'>{item}</publish>").receives(
            f"<iq type='error'><error><{detail} xmlns='{ERRORS}'/></error></iq>"
        )


def test_discovery(office: Office, ann: Somebody) -> None:
    """XEP-0060 §5.1 to §5.5, beside the nodes of commands; hidden is what one may not read."""
    publish(office, "1.4 is out", "r14")
    ann.sends(f"<iq type='get' id='1'><query xmlns='{DISCO}#items'/></iq>")
    [found] = ann.inbox.pop(0)[0]
    assert found.attrib == {"jid": DOMAIN, "node": "releases", "name": "What is new"}
    ann.sends(f"<iq type='get' id='1'><query xmlns='{DISCO}#info' node='releases'/></iq>").receives(
        f"<iq><query xmlns='{DISCO}#info' node='releases'>"
        "<identity category='pubsub' type='leaf'/></query></iq>"
    )
    ann.sends(f"<iq type='get' id='1'><query xmlns='{DISCO}#items' node='releases'/></iq>").receives(
        f"<iq><query xmlns='{DISCO}#items'><item jid='{DOMAIN}' name='r14'/></query></iq>"
    )
    ann.sends(f"<iq type='get' id='1'><query xmlns='{DISCO}#info' node='board'/></iq>").receives(
        "<iq type='error'/>"
    )
    ann.sends(
        f"<iq type='get' id='1'><query xmlns='{DISCO}#items' node='http://jabber.org/protocol/commands'/></iq>"
    ).receives("<iq type='result'/>")
    ann.sends(f"<iq type='get' id='1'><query xmlns='{DISCO}#info'/></iq>").receives(
        f"<iq><query xmlns='{DISCO}#info'><feature var='{PUBSUB}#subscribe'/></query></iq>"
    )
