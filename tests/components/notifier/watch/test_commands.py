"""The operator's commands, which are forms for people."""

import pytest

from components.common.answers import Answers
from components.common.errors import StanzaError
from components.notifier.watch.commands import composed
from tests.components.notifier.office import Office, Somebody


def test_the_operator(office: Office, ann: Somebody) -> None:
    """`stellwerk watch` brings about the same."""
    added = office.operates("watch-add", owner="ann@example", condition="500000 < 12.50")
    assert added["number"] == 1
    assert office.operates("watch-list")["watches"][0]["condition"] == "500000 < 12.50 once"
    assert office.operates("watch-list", owner="bob@example")["watches"] == []
    assert office.operates("watch-quote", symbol="500000", price="12.48")["matches"] == 1
    assert "below 12.50" in ann.hears()
    shown = office.operates("watch-show", number=1)
    assert (shown["phase"], shown["last_matches"][0]["number"]) == ("has matched", 2)
    office.operates("watch-adjust", number=1, condition="< 12")
    office.operates("watch-switch", number=1, on=False)
    assert office.operates("watch-show", number=1)["phase"] == "off"
    office.operates("watch-remove", number=1)
    for command, arguments, why in (
        ("watch-show", {"number": 1}, "there is no watch 1"),
        ("watch-show", {"number": "x"}, "no number of a watch"),
        ("watch-quote", {"symbol": "500000", "price": "0"}, "above 0"),
        ("watch-add", {"owner": "eve@elsewhere", "condition": "A < 1"}, "nobody this service knows"),
        ("watch-add", {"owner": "ann@example", "condition": "A = 1"}, "none of < >"),
    ):
        with pytest.raises(StanzaError, match=why):
            office.operates(command, **arguments)


def test_the_form(office: Office, ann: Somebody) -> None:
    """XEP-0050: the same with fields; a mistake leaves the form open."""
    command = "<command xmlns='http://jabber.org/protocol/commands' node='watch-add'"
    ann.sends(f"<iq type='set' id='1'>{command}/></iq>")
    offered = ann.inbox.pop(0)
    session = offered[0].get("sessionid")

    def submit(**fields: str) -> None:
        filled = "".join(
            f"<field var='{var}'><value>{value}</value></field>" for var, value in fields.items()
        )
        ann.sends(
            f"<iq type='set' id='2'>{command} sessionid='{session}' action='complete'>"
            f"<x xmlns='jabber:x:data' type='submit'>{filled}</x></command></iq>"
        )

    submit(symbol="SAP", kind="rises", value="5", span="soon")
    ann.receives("<iq type='error'/>")
    submit(symbol="SAP", kind="rises", value="5", span="1h", pause="4h", until="2026-12-31")
    ann.receives(
        "<iq type='result'><command xmlns='http://jabber.org/protocol/commands' status='completed'/></iq>"
    )
    assert ann.says("watch list") == "1: SAP +5% in 1h every 4h until 2027-01-01 00:00:00 UTC (waits)"


@pytest.mark.parametrize(
    ("fields", "condition"),
    [
        ({"kind": "below", "value": "12.5"}, "SAP < 12.50 once"),
        (
            {"kind": "above", "value": "12,5", "repeat": "every-time", "back": "0.1"},
            "SAP > 12.50 every time back 0.1",
        ),
        ({"kind": "crosses-below", "value": "12"}, "SAP crosses below 12.00 once"),
        ({"kind": "crosses-above", "value": "12", "currency": "eur"}, "SAP EUR crosses above 12.00 once"),
        ({"kind": "falls", "value": "-3%", "span": "2d", "pause": "1h"}, "SAP -3% in 2d every 1h"),
        ({"kind": "below-average", "span": "20"}, "SAP < avg 20 once"),
        (
            {"kind": "above-average", "span": "1h", "hours": "xetra"},
            "SAP > avg 1h once hours mon-fri 09:00-17:30 Europe/Berlin",
        ),
    ],
)
def test_what_a_form_says(office: Office, ann: Somebody, fields: dict[str, str], condition: str) -> None:
    """As the same in words."""
    text = composed(Answers({"symbol": ["sap"], "repeat": ["once"]} | {k: [v] for k, v in fields.items()}))
    assert ann.says(f"watch {text.replace('<', '&lt;')}").startswith(f"Watch 1: {condition} (")
