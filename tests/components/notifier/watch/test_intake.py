"""Quotes as programs send them: what is taken, what is refused, what is known already."""

from datetime import timedelta

import pytest

from components.common.errors import StanzaError
from tests.components.notifier.office import Office, Somebody
from tests.components.notifier.watch.trading import quotes


def test_bad_quotes_are_refused_one_by_one(office: Office, ann: Somebody) -> None:
    """The good ones are taken."""
    ann.says("watch 500000 &lt; 12.50")
    future = (office.now + timedelta(hours=1)).isoformat()
    given = [
        {"symbol": "500000", "price": -1},
        {"symbol": "500000", "price": "NaN"},
        {"symbol": "5 0", "price": 1},
        {"symbol": "500000", "price": 1, "time": future},
        {"symbol": "500000", "price": 1, "time": "2026-05-04T12:00:00"},
        {"symbol": "500000", "price": 1, "currency": "Euro"},
        {"symbol": "500000", "price": "12.48"},
    ]
    reply = office.asks("POST", "/v1/quotes", given).value
    assert (reply["taken"], reply["matches"]) == (1, 1)
    assert [refusal["at"] for refusal in reply["refused"]] == [0, 1, 2, 3, 4, 5]
    for refusal, why in zip(
        reply["refused"], ["above 0", "above 0", "no symbol", "future", "offset", "currency"], strict=True
    ):
        assert why in refusal["why"]


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "a batch is {"),
        (b"{", "a batch is {"),
        (b'{"quotes": [{"symbol": 5, "price": 1}]}', r"\$.quotes\[0\].symbol"),
        (b'[{"symbol": "A"}]', "missing required field `price`"),
        (b'{"quotes": [], "source": "x"}', "both a source and a sequence"),
        (b'{"quotes": [], "sequence": 1}', "both a source and a sequence"),
        (b'{"quotes": [], "source": "x", "sequence": 0}', "both a source and a sequence"),
        (b"\xff", "a batch is {"),
    ],
)
def test_bad_batches(office: Office, body: bytes, why: str) -> None:
    """Nothing of them is taken."""
    with pytest.raises(StanzaError, match=why):
        office.asks("POST", "/v1/quotes", body=body)


def test_currencies(office: Office, ann: Somebody) -> None:
    """A quote with a currency is one of the symbol, and one of the symbol in that currency."""
    ann.says("watch SAP EUR &lt; 100")
    ann.says("watch SAP &lt; 90")
    office.asks("POST", "/v1/quotes", [{"symbol": "SAP", "price": 95, "currency": "USD"}])
    ann.receives_nothing()
    office.asks("POST", "/v1/quotes", [{"symbol": "SAP", "price": 85, "currency": "EUR"}])
    assert {ann.hears().splitlines()[0], ann.hears().splitlines()[0]} == {
        "SAP EUR at 85.00: below 100.00",
        "SAP at 85.00: below 90.00",
    }


def test_pubsub(office: Office, ann: Somebody) -> None:
    """XEP-0060: it subscribes, and takes items of the nodes it knows, from their services alone."""
    office.reload(watch={"nodes": [{"service": "pubsub.example", "node": "quotes"}]})
    pubsub = office.person("pubsub.example")
    pubsub.receives(
        "<iq type='set' from='alerts.example'><pubsub xmlns='http://jabber.org/protocol/pubsub'>"
        "<subscribe node='quotes' jid='alerts.example'/></pubsub></iq>"
    )
    ann.says("watch SAP &lt; 100 every time")

    def event(price: str, node: str = "quotes") -> str:
        return (
            "<message><event xmlns='http://jabber.org/protocol/pubsub#event'>"
            f"<items node='{node}'><item id='1'><quotes xmlns='urn:stellwerk:quotes:0'>"
            f"<quote symbol='SAP' price='{price}' time='2026-05-04T12:00:00Z'/></quotes></item></items>"
            "</event></message>"
        )

    pubsub.sends(event("1", node="other"), event("much"), resource="")
    ann.sends(event("1"))
    ann.receives_nothing()
    pubsub.sends(event("99.5"), resource="")
    assert ann.hears().startswith("SAP at 99.50: below 100.00")


def test_figures(office: Office, ann: Somebody) -> None:
    """What came in since the start."""
    ann.says("watch 500000 &lt; 12.50")
    quotes(office, "13", "12", "0")
    figures = {figure.name: figure.read() for figure in office.service.figures()}
    assert (figures["watches"], figures["quotes"], figures["quotes_refused"], figures["watch_matches"]) == (
        1,
        2,
        1,
        1,
    )
