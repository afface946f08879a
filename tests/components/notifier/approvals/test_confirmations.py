"""XEP-0070: a web server asks whether a request is somebody's, and only they can answer."""

from pathlib import Path
from typing import Any

import pytest

from components.common.errors import StanzaError
from tests.components.notifier.office import Office

URL = "https://files.example/missive.html"
CONFIRM = f"<confirm xmlns='http://jabber.org/protocol/http-auth' id='t1' method='GET' url='{URL}'/>"

REACTION = "<reactions xmlns='urn:xmpp:reactions:0' id='1.1'><reaction>{}</reaction></reactions>"


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(approvals={"audit_key_file": str(tmp_path / "audit.pem")})


def ask(office: Office, **more: Any) -> int:
    """The number of the question."""
    request = {"jid": "ann@example/desk", "id": "t1", "url": URL, **more}
    number: int = office.asks("POST", "/v1/confirmations", request).value["number"]
    return number


def state(office: Office, number: int = 1) -> str:
    found: str = office.asks("GET", f"/v1/confirmations/{number}").value["state"]
    return found


def test_the_question(office: Office) -> None:
    """§4.5: in a message to the bare JID, with a body for clients that do not know the XEP."""
    ask(office)
    office.person("ann@example").receives(
        f"<message><thread>confirmation-1</thread>{CONFIRM}<body>*</body></message>"
    )
    assert state(office) == "pending"


@pytest.mark.parametrize(
    ("stanza", "expected"),
    [
        (f"<message><thread>confirmation-1</thread>{CONFIRM}</message>", "confirmed"),
        (f"<message type='error' id='1.1'>{CONFIRM}<error type='auth'/></message>", "denied"),
        ("<message><body>OK</body></message>", "confirmed"),
        ("<message><body>No</body></message>", "denied"),
        ("<message><body>confirm 1</body></message>", "confirmed"),
        ("<message><body>deny 1</body></message>", "denied"),
        (f"<message>{REACTION.format('👍')}</message>", "confirmed"),
        (f"<message>{REACTION.format('👎')}</message>", "denied"),
    ],
)
def test_each_way_to_answer(office: Office, stanza: str, expected: str) -> None:
    """§4.6, and §4.5 for plain text; by emoji (XEP-0444)."""
    ask(office, callback="https://files.example/answer")
    office.restart()
    office.person("ann@example").sends(stanza)
    assert state(office) == expected
    [job] = office.service.work.due(office.now)
    assert (job.content["state"], job.content["id"]) == (expected, "t1")


@pytest.mark.parametrize("who", ["bob@example", "admin@example", "mallory@elsewhere"])
def test_nobody_else_can_answer(office: Office, who: str) -> None:
    ask(office)
    office.person(who).sends(f"<message>{CONFIRM}</message>", "<message><body>confirm 1</body></message>")
    assert state(office) == "pending"


def test_another_transaction_is_not_confirmed(office: Office) -> None:
    ask(office)
    office.person("ann@example").sends(f"<message>{CONFIRM.replace('t1', 't2')}</message>")
    assert state(office) == "pending"


def test_silence_is_no_answer(office: Office) -> None:
    ask(office)
    office.restart()
    office.later(minutes=6)
    assert state(office) == "expired"
    assert office.person("ann@example").says("confirm 1") == "1 is expired already"
    office.later(days=2)
    assert not office.rows("confirmation")
    with pytest.raises(StanzaError, match="there is no confirmation 1"):
        state(office)


def test_the_same_question_is_asked_once(office: Office) -> None:
    """And nobody is buried in questions."""
    assert ask(office) == ask(office)
    assert len(office.person("ann@example").inbox) == 1
    for number in range(2, 6):
        ask(office, id=f"t{number}")
    with pytest.raises(StanzaError, match="5 questions wait for ann already"):
        ask(office, id="t6")


@pytest.mark.parametrize(
    "change", [{"jid": "x@elsewhere"}, {"url": "file:///x"}, {"id": ""}, {"method": "get"}, {"more": 1}]
)
def test_refused(office: Office, change: dict[str, Any]) -> None:
    with pytest.raises(StanzaError):
        ask(office, **change)
    assert not office.rows("confirmation")
