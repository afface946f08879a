"""XEP-0060 §7.1.2.1 quotes as items of pubsub nodes, to which the notifier subscribes.

    <message from='pubsub.example.org' to='alerts.example.org'>
      <event xmlns='http://jabber.org/protocol/pubsub#event'>
        <items node='quotes'>
          <item id='1'>
            <quotes xmlns='urn:stellwerk:quotes:0'>
              <quote symbol='500000' price='12.48' currency='EUR' time='2026-05-04T12:00:00Z'/>
            </quotes>
          </item>
        </items>
      </event>
    </message>

Items of nodes that are not in `[[notifier.watch.nodes]]` are passed over: anybody can send such a message.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from xml.etree.ElementTree import Element

from components.common.elements import attribute
from components.common.stanza import Stanza
from components.common.transaction import Transaction
from components.notifier.watch.config import NodeSettings
from components.notifier.watch.intake import QuoteGiven, Taken

log = logging.getLogger(__name__)

PUBSUB = "http://jabber.org/protocol/pubsub"
EVENT = f"{{{PUBSUB}#event}}event"
QUOTES = "urn:stellwerk:quotes:0"
_ITEMS = f"{{{PUBSUB}#event}}items"
_QUOTE = f"{{{PUBSUB}#event}}item/{{{QUOTES}}}quotes/{{{QUOTES}}}quote"


class PubsubQuotes:
    """Subscribes, and takes what comes."""

    def __init__(self, domain: str, take: Callable[[Sequence[QuoteGiven], Transaction], Taken]) -> None:
        """`domain` is our own address."""
        self._domain, self._take = domain, take
        self.nodes: Sequence[NodeSettings] = ()

    def subscribe(self, transaction: Transaction) -> None:
        """§6.1: ask for all nodes; a subscription that is there already stays as it is."""
        for node in self.nodes:
            transaction.reply(
                f"<iq type='set' id='subscribe' from='{attribute(self._domain)}'"
                f" to='{attribute(node.service)}'><pubsub xmlns='{PUBSUB}'>"
                f"<subscribe node='{attribute(node.node)}' jid='{attribute(self._domain)}'/></pubsub></iq>"
            )

    def take(self, stanza: Stanza, event: Element, transaction: Transaction) -> None:
        """An event of a node; what is no quote in it goes to the log."""
        if stanza.type == "error":
            return
        quotes = list(self._quotes(stanza.sender.bare, event))
        if not quotes:
            return
        taken = self._take(quotes, transaction)
        for refusal in taken.refused[:5]:
            log.warning(
                "a quote of %r from %s is refused: %s", quotes[refusal.at].symbol, stanza.sender, refusal.why
            )

    def _quotes(self, service: str, event: Element) -> Iterator[QuoteGiven]:
        known = {node.node for node in self.nodes if node.service == service}
        for items in event.iterfind(_ITEMS):
            if items.get("node") in known:
                for quote in items.iterfind(_QUOTE):
                    yield QuoteGiven(
                        quote.get("symbol", ""),
                        quote.get("price", ""),
                        _time(quote.get("time")),
                        quote.get("currency", ""),
                    )


def _time(text: str | None) -> datetime | float | None:
    """XEP-0082; what is none is refused with the quote."""
    if text is None:
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return float("nan")
