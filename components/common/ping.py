"""XEP-0199 XMPP Ping."""

from xml.etree.ElementTree import Element

from components.common.feature import Feature
from components.common.stanza import Stanza
from components.common.transaction import Transaction

NAMESPACE = "urn:xmpp:ping"
PING = f"{{{NAMESPACE}}}ping"


def _pong(stanza: Stanza, ping: Element, transaction: Transaction) -> None:
    """An empty result says that the address can be reached (§4.4)."""


FEATURE = Feature("ping", ("XEP-0199",), (NAMESPACE,), {("get", PING): _pong})
