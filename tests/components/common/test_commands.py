"""XEP-0050: a command with two stages, asked by clients and by the operator."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.etree.ElementTree import fromstring

import pytest
from slixmpp import JID

from components.common import command_sessions
from components.common.command_sessions import NAMESPACE
from components.common.commands import Command, Commands, Form, Invocation, People, anybody
from components.common.control import CommandError
from components.common.disco import Discovery, Identity
from components.common.dispatch import dispatch
from components.common.elements import STREAM, render
from components.common.errors import StanzaError
from components.common.feature import Requests
from components.common.forms import Field, Option
from components.common.outcome import Note, Outcome, Table, Value, done
from components.common.transaction import Transaction
from tests.scenarios.matching import Element, difference, element, shown

STANZAS = "urn:ietf:params:xml:ns:xmpp-stanzas"
ADMIN, USER = "admin@example/desk", "alice@example/phone"
SERVICES = [Option("httpd", "Web"), Option("named", "Names")]


_TYPE = Field("FORM_TYPE", ["urn:example:rating"], "hidden")


class Shop:
    """A component with commands; what was configured; a clock that only the test moves."""

    def __init__(self) -> None:
        self.now = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
        self.configured: dict[str, str] = {}
        people = People(frozenset({"admin@example"}), "example")
        self.commands = Commands.of(
            [
                Command("list", "List services", self._list, anybody),
                Command(
                    "config",
                    "Configure a service",
                    self._configure,
                    people.is_administrator,
                    (Form([Field("service", (), "list-single", "Service", SERVICES, True)]), self._levels),
                ),
                Command("rate", "Rate us", self._rate, anybody, (Form([_TYPE, Field("stars", ["5"])]),)),
                Command("hello", "Greet", self._greet, people.is_local, for_operator=False),
            ]
        )
        disco = Discovery(lambda: Identity("automation", "rpc"), nodes=self.commands)
        features = (disco.feature(), self.commands.feature())
        disco.announce(features)
        self._requests = Requests(features)

    def asks(self, payload: str, kind: str = "set", by: str = ADMIN) -> Element:
        """The answer to a request."""
        [stanza] = fromstring(
            f"<s xmlns='{STREAM}'><iq type='{kind}' id='1' from='{by}' to='shop.example'>{payload}</iq></s>"
        )
        return element(dispatch(self._requests.answer, stanza, self.now).render())

    def commanded(self, attributes: str, form: str = "", by: str = ADMIN) -> Element:
        """The answer to a command."""
        return self.asks(f"<command xmlns='{NAMESPACE}' {attributes}>{form}</command>", by=by)

    def begins(self, by: str = ADMIN) -> str:
        """The attributes that continue a command that was begun."""
        answer = self.commanded("node='config'", by=by)
        return f"node='config' sessionid='{answer[0].get('sessionid')}'"

    def operates(self, name: str, **arguments: Any) -> Mapping[str, Any]:
        """What the control socket answers."""
        return self.commands.operator_commands()[name](arguments, Transaction(self.now))

    def _list(self, invocation: Invocation) -> Outcome:
        columns = {"service": "Service", "level": "Run level"}
        rows = [{"service": name, "level": level} for name, level in self.configured.items()]
        return Outcome(values=[Value("count", "Services", len(rows))], table=Table("services", columns, rows))

    def _levels(self, invocation: Invocation) -> Form | None:
        """The name server has no levels."""
        if invocation.answers.line("service") == "named":
            return None
        before = self.configured.get("httpd", "3")
        return Form([Field("level", [before], "text-single", "Run level")], "Levels", "Which?")

    def _configure(self, invocation: Invocation) -> Outcome:
        service, level = invocation.answers.line("service"), invocation.answers.line("level") or "none"
        invocation.transaction.put(self.configured, service, level)
        if level == "9":
            raise StanzaError("not-acceptable", "there is no level 9")
        if level == "6":
            return Outcome((Note("it has to be started again", "error"),))
        return done(f"Service {service!r} has been configured.")

    def _rate(self, invocation: Invocation) -> Outcome:
        return done(f"{invocation.answers.line('stars')} stars")

    def _greet(self, invocation: Invocation) -> Outcome:
        assert invocation.by is not None
        return done(f"Hello, {invocation.by.local}!")


@pytest.fixture
def shop() -> Shop:
    return Shop()


def submit(**values: str) -> str:
    """A filled form."""
    fields = "".join(f"<field var='{var}'><value>{value}</value></field>" for var, value in values.items())
    return f"<x xmlns='jabber:x:data' type='submit'>{fields}</x>"


def expect(answer: Element, pattern: str) -> None:
    """The answer matches."""
    why = difference(element(pattern), answer)
    assert why is None, f"{why} in\n  {shown(answer)}"


def error(condition: str, kind: str, detail: str = "") -> str:
    """The pattern of an error."""
    specific = f"<{detail} xmlns='{NAMESPACE}'/>" if detail else ""
    return f"<iq type='error'><error type='{kind}'><{condition} xmlns='{STANZAS}'/>{specific}</error></iq>"


BAD_PAYLOAD, BAD_ACTION = (error("bad-request", "modify", name) for name in ("bad-payload", "bad-action"))
EXPIRED = error("not-allowed", "cancel", "session-expired")
STAGE_1 = (
    f"<iq type='result'><command xmlns='{NAMESPACE}' node='config' status='executing' sessionid='*'>"
    "<actions execute='next'><next/></actions><x xmlns='jabber:x:data' type='form'>"
    "<field var='service' type='list-single'><required/><option><value>httpd</value></option></field></x>"
    "</command></iq>"
)
STAGE_2 = (
    f"<iq type='result'><command xmlns='{NAMESPACE}' node='config' status='executing' sessionid='*'>"
    "<actions execute='complete'><prev/><complete/></actions><x xmlns='jabber:x:data' type='form'>"
    "<title>Levels</title><instructions>Which?</instructions>"
    "<field var='level' type='text-single' label='Run level'><value>3</value></field></x></command></iq>"
)


def test_support_is_announced(shop: Shop) -> None:
    """§2.1."""
    answer = shop.asks("<query xmlns='http://jabber.org/protocol/disco#info'/>", "get")
    expect(
        answer,
        "<iq type='result'><query xmlns='http://jabber.org/protocol/disco#info'>"
        f"<feature var='{NAMESPACE}'/><feature var='jabber:x:data'/></query></iq>",
    )


def test_the_list_holds_what_the_requester_may_run(shop: Shop) -> None:
    """§2.2: the same list for everybody is not required."""
    query = f"<query xmlns='http://jabber.org/protocol/disco#items' node='{NAMESPACE}'/>"
    for by, nodes in (
        (ADMIN, "list config rate hello"),
        (USER, "list rate hello"),
        ("eve@else/x", "list rate"),
    ):
        answer = shop.asks(query, "get", by)
        assert answer[0].get("node") == NAMESPACE
        assert [item.get("node") for item in answer[0]] == nodes.split()
        assert {item.get("jid") for item in answer[0]} == {"shop.example"}


def test_of_each_command_there_is_information(shop: Shop) -> None:
    """§2.2: identity and features; forbidden for those who may not run it."""
    query = "<query xmlns='http://jabber.org/protocol/disco#info' node='%s'/>"
    expect(
        shop.asks(query % "config", "get"),
        "<iq type='result'><query xmlns='http://jabber.org/protocol/disco#info' node='config'>"
        "<identity category='automation' type='command-node' name='Configure a service'/>"
        f"<feature var='{NAMESPACE}'/><feature var='jabber:x:data'/></query></iq>",
    )
    expect(
        shop.asks(query % NAMESPACE, "get", USER),
        f"<iq type='result'><query xmlns='http://jabber.org/protocol/disco#info' node='{NAMESPACE}'>"
        "<identity category='automation' type='command-list'/></query></iq>",
    )
    expect(shop.asks(query % "config", "get", USER), error("forbidden", "auth"))
    expect(shop.asks(query % "config", "get", "admin@else/desk"), error("forbidden", "auth"))
    expect(shop.asks(query % "nothing", "get"), error("item-not-found", "cancel"))
    items = "<query xmlns='http://jabber.org/protocol/disco#items' node='nothing'/>"
    expect(shop.asks(items, "get"), error("item-not-found", "cancel"))


def test_execution_without_stages(shop: Shop) -> None:
    """§2.4.1: the result at once; language of the answer (§3.6)."""
    shop.configured["httpd"] = "3"
    expect(
        shop.commanded("node='list' action='execute'", by=USER),
        f"<iq type='result'><command xmlns='{NAMESPACE}' node='list' status='completed' sessionid='*'"
        " xml:lang='en'><x xmlns='jabber:x:data' type='result'>"
        "<field var='count' label='Services'><value>1</value></field>"
        "<field var='services' type='text-multi' label='Service, Run level'><value>httpd, 3</value></field>"
        "</x></command></iq>",
    )


def test_lists(shop: Shop) -> None:
    """A line each, which every client shows; long ones are cut, empty ones say so."""

    def lines() -> list[str | None]:
        return [value.text for value in shop.commanded("node='list'").iter("{jabber:x:data}value")][1:]

    assert lines() == ["none"]
    shop.configured.update({f"service{n}": "3" for n in range(101)})
    assert (lines()[0], lines()[-1], len(lines())) == ("service0, 3", "and 1 more", 101)


def test_tables() -> None:
    """XEP-0004 §3.4, for lists that clients know."""
    table = Table("services", {"service": "Service"}, [{"service": "httpd"}], reported=True)
    reported, item = table.elements()
    assert render(reported, "jabber:x:data") == (
        "<reported><field var='service' type='text-single' label='Service'/></reported>"
    )
    assert render(item, "jabber:x:data") == "<item><field var='service'><value>httpd</value></field></item>"


def test_stages(shop: Shop) -> None:
    """§2.4.2: next, then complete; `execute` is the default of each stage (§3.4)."""
    for actions in (("next", "complete"), ("execute", "execute")):
        shop.configured.clear()
        expect(shop.commanded("node='config'"), STAGE_1)
        session = shop.begins()
        expect(shop.commanded(f"{session} action='{actions[0]}'", submit(service="httpd")), STAGE_2)
        expect(
            shop.commanded(f"{session} action='{actions[1]}'", submit(level="5")),
            f"<iq type='result'><command xmlns='{NAMESPACE}' node='config' status='completed'>"
            "<note type='info'>Service 'httpd' has been configured.</note></command></iq>",
        )
        assert shop.configured == {"httpd": "5"}


def test_the_session_keeps_its_id(shop: Shop) -> None:
    """§3.3, §4.1."""
    session = shop.begins()
    id = re.search("sessionid='(.*)'", session)
    assert id is not None
    assert shop.commanded(session, submit(service="httpd"))[0].get("sessionid") == id[1]


def test_a_stage_that_is_not_needed_is_left_out(shop: Shop) -> None:
    shop.commanded(shop.begins(), submit(service="named"))
    assert shop.configured == {"named": "none"}


def test_back_to_the_stage_before(shop: Shop) -> None:
    """§2.4.2: what was filled in is remembered; there is nothing before the first."""
    session = shop.begins()
    expect(shop.commanded(f"{session} action='prev'"), BAD_ACTION)
    shop.commanded(session, submit(service="httpd"))
    answer = shop.commanded(f"{session} action='prev'")
    expect(answer, STAGE_1)
    assert "<value>httpd</value><required/>" in shown(answer)
    expect(shop.commanded(session, submit(service="named")), "<iq type='result'/>")
    assert shop.configured == {"named": "none"}


def test_cancelling(shop: Shop) -> None:
    """§2.4.3, and the session is over."""
    session = shop.begins()
    expect(
        shop.commanded(f"{session} action='cancel'"),
        f"<iq type='result'><command xmlns='{NAMESPACE}' node='config' status='canceled'/></iq>",
    )
    expect(shop.commanded(session, submit(service="httpd")), EXPIRED)


def test_a_form_of_the_type_cancel_counts_as_submitted(shop: Shop) -> None:
    """§3.5.1."""
    form = submit(service="httpd").replace("submit", "cancel")
    expect(shop.commanded(shop.begins(), form), STAGE_2)


@pytest.mark.parametrize("form", ["", submit(), submit(service="smtpd"), submit(service="")])
def test_bad_payload(shop: Shop, form: str) -> None:
    """§4.4: a required field without a value, or with an impossible one; then it can be filled in again."""
    session = shop.begins()
    expect(shop.commanded(session, form), BAD_PAYLOAD)
    expect(shop.commanded(session, submit(service="httpd")), STAGE_2)


def test_a_field_that_is_left_out_keeps_its_value(shop: Shop) -> None:
    session = shop.begins()
    shop.commanded(session, submit(service="httpd"))
    shop.commanded(session, submit())
    assert shop.configured == {"httpd": "3"}


@pytest.mark.parametrize(
    ("type", "answer"),
    [("urn:example:rating", "result"), (None, "result"), ("urn:example:other", "error")],
)
def test_forms_may_have_a_type(shop: Shop, type: str | None, answer: str) -> None:
    """XEP-0068 §3.1: what is submitted has the same, or none."""
    session = shop.commanded("node='rate'")[0].get("sessionid")
    types = {"FORM_TYPE": type} if type else {}
    found = shop.commanded(f"node='rate' sessionid='{session}'", submit(stars="4", **types))
    assert found.get("type") == answer


def test_a_command_that_fails_changes_nothing(shop: Shop) -> None:
    """The error says why, and the form can be sent again."""
    session = shop.begins()
    shop.commanded(session, submit(service="httpd"))
    expect(shop.commanded(session, submit(level="9")), error("not-acceptable", "modify"))
    assert not shop.configured
    expect(shop.commanded(session, submit(level="2")), "<iq type='result'/>")
    assert shop.configured == {"httpd": "2"}


def test_a_command_that_fails_half_way_tells_so(shop: Shop) -> None:
    """§3.5.2: completed, with a note of the type error."""
    session = shop.begins()
    shop.commanded(session, submit(service="httpd"))
    expect(
        shop.commanded(session, submit(level="6")),
        f"<iq type='result'><command xmlns='{NAMESPACE}' status='completed'><note type='error'/>"
        "</command></iq>",
    )


def test_actions_that_are_none_or_not_now(shop: Shop) -> None:
    """§4.4."""
    session = shop.begins()
    malformed = error("bad-request", "modify", "malformed-action")
    expect(shop.commanded(f"{session} action='jump'"), malformed)
    expect(shop.commanded(f"{session} action='complete'", submit(service="httpd")), BAD_ACTION)
    shop.commanded(session, submit(service="httpd"))
    expect(shop.commanded(f"{session} action='next'", submit(level="1")), BAD_ACTION)


def test_sessions_that_are_none(shop: Shop) -> None:
    """§4.4: made up, or none at all for what is under way."""
    bad = error("bad-request", "modify", "bad-sessionid")
    expect(shop.commanded("node='config' sessionid='made up'"), bad)
    expect(shop.commanded("node='config' action='next'", submit(service="httpd")), bad)


def test_sessions_of_others(shop: Shop) -> None:
    """§3.3: valid between one requester and one responder, for one command."""
    session = shop.begins()
    expect(shop.commanded(session, submit(service="httpd"), by="admin@example/phone"), EXPIRED)
    expect(shop.commanded(session.replace("config", "list")), EXPIRED)
    expect(shop.commanded(session, submit(service="httpd")), STAGE_2)


def test_sessions_end(shop: Shop) -> None:
    """§3.3, §4.4: with the command, with time, and with the process."""
    session = shop.begins()
    shop.commanded(session, submit(service="named"))
    expect(shop.commanded(session, submit(service="named")), EXPIRED)
    late = shop.begins()
    shop.now += command_sessions.LIFETIME
    expect(shop.commanded(late, submit(service="named")), EXPIRED)
    expect(Shop().commanded(shop.begins(), submit(service="named")), EXPIRED)


def test_sessions_are_bounded(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of one user, and in all; the oldest gives way. What is over is not kept."""
    first = shop.begins()
    others = [shop.begins() for _ in range(command_sessions.MOST_OF_ONE)]
    expect(shop.commanded(first, submit(service="httpd")), EXPIRED)
    expect(shop.commanded(others[0], submit(service="httpd")), STAGE_2)
    monkeypatch.setattr(command_sessions, "MOST", 3)
    shop.begins()
    sessions = shop.commands._sessions
    assert len(sessions) == 3
    shop.now += timedelta(days=1)
    shop.begins()
    assert len(sessions) == 1


def test_who_may(shop: Shop) -> None:
    """§4.4: forbidden, and item-not-found for what there is not."""
    expect(shop.commanded("node='config'", by=USER), error("forbidden", "auth"))
    expect(shop.commanded("node='hello'", by="alice@else/x"), error("forbidden", "auth"))
    expect(shop.commanded("node='nothing'"), error("item-not-found", "cancel"))
    expect(shop.commanded(""), error("item-not-found", "cancel"))
    expect(shop.commanded("node='hello'", by=USER), "<iq type='result'/>")


def test_the_operator_gives_all_arguments_at_once(shop: Shop) -> None:
    """The same commands on the control socket, but those that are for people in their clients."""
    assert shop.operates("config", service="httpd", level=4) == {
        "notes": [{"type": "info", "text": "Service 'httpd' has been configured."}]
    }
    assert shop.operates("list") == {"count": 1, "services": [{"service": "httpd", "level": "4"}]}
    assert "hello" not in shop.commands.operator_commands()


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ({}, "service: is required"),
        ({"service": "smtpd"}, "service: expected one of httpd, named; found 'smtpd'"),
        ({"service": {"name": "httpd"}}, "service: expected a text"),
        ({"service": "httpd", "colour": "red"}, "colour: not known here; there are: service, level"),
        ({"service": "httpd", "levle": "3"}, "levle: not known here; did you mean level?"),
        ({"service": ["httpd", "named"]}, "service: expected one value"),
    ],
)
def test_the_operator_hears_what_is_wrong(shop: Shop, arguments: dict[str, Any], complaint: str) -> None:
    with pytest.raises(CommandError, match=re.escape(complaint)):
        shop.operates("config", **arguments)
    assert not shop.configured


def test_permissions_are_for_whole_addresses() -> None:
    """An administrator's name elsewhere is somebody else; a domain is no user."""
    people = People(frozenset({"admin@example"}), "example")
    to = JID("shop.example")
    assert people.is_administrator(JID("admin@example/x"), to)
    assert not people.is_administrator(JID("admin@else/x"), to)
    assert people.is_local(JID("bob@example"), to)
    assert not people.is_local(JID("example"), to)
