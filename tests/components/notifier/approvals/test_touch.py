"""Approvals answered without typing: by form (XEP-0050) and by emoji (XEP-0444)."""

from pathlib import Path

import pytest

from tests.components.notifier.office import Office
from tests.scenarios.matching import Element

NODE = "<command xmlns='http://jabber.org/protocol/commands' node='approvals-answer'"
FIELDS = "{jabber:x:data}x/{jabber:x:data}field"


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """Two approvals wait for ann."""
    made = Office(
        people={"persons": {"ann": {}, "bob": {}}}, approvals={"audit_key_file": str(tmp_path / "audit.pem")}
    )
    for title in ("Laptop", "Chair"):
        policy = {"approvers": ["ann"], "rule": "one"}
        made.asks("POST", "/v1/approvals", {"title": title, "requester": "bob", "policy": policy})
    for name in ("ann", "bob"):
        made.person(f"{name}@example").ignores()
    return made


def states(office: Office) -> list[str]:
    return [office.asks("GET", f"/v1/approvals/{number}").value["state"] for number in (1, 2)]


def begins(office: Office, who: str) -> Element:
    """The form, or the error."""
    person = office.person(who).sends(f"<iq type='set' id='1'>{NODE}/></iq>")
    return person.inbox.pop(0)


def test_by_form(office: Office) -> None:
    """One is chosen of those that wait for who asks."""
    [command] = begins(office, "ann@example")
    options = command.findall(f"{FIELDS}[@var='number']/{{jabber:x:data}}option")
    labels = [option.get("label") for option in options]
    assert labels == ["1 Approval: Laptop, asked by bob", "2 Approval: Chair, asked by bob"]
    values = {"number": "1", "answer": "reject", "comment": "we have one"}
    filled = "".join(f"<field var='{var}'><value>{value}</value></field>" for var, value in values.items())
    ann = office.person("ann@example").sends(
        f"<iq type='set' id='2'>{NODE} sessionid='{command.get('sessionid')}' action='complete'>"
        f"<x xmlns='jabber:x:data' type='submit'>{filled}</x></command></iq>"
    )
    assert any(found.get("status") == "completed" for stanza in ann.inbox for found in stanza)
    assert states(office) == ["rejected", "pending"]
    [answer] = office.rows("answer")
    assert (answer["by"], answer["via"], answer["rest"]) == ("ann@example", "form", "we have one")


def test_nothing_to_answer(office: Office) -> None:
    """Who has no vote is shown nothing of it."""
    found = begins(office, "bob@example")
    assert found.get("type") == "error"
    assert "nothing waits for your answer" in "".join(found.itertext())


@pytest.mark.parametrize(("emoji", "state"), [("👍", "approved"), ("👎", "rejected")])
def test_by_emoji(office: Office, emoji: str, state: str) -> None:
    """At the message of the second one."""
    office.person("ann@example").sends(
        "<message type='chat' id='r'><reactions xmlns='urn:xmpp:reactions:0' id='2.1'>"
        f"<reaction>{emoji}</reaction></reactions></message>"
    )
    assert states(office) == ["pending", state]
