"""XEP-0092 Software Version: the name and version, not the operating system (§5)."""

from xml.etree.ElementTree import Element

from components.common.elements import child
from components.common.feature import Feature
from components.common.stanza import Stanza
from components.common.transaction import Transaction
from settings import VERSION

NAMESPACE = "jabber:iq:version"
QUERY = f"{{{NAMESPACE}}}query"


def _tell(stanza: Stanza, query: Element, transaction: Transaction) -> Element:
    result = Element(QUERY)
    child(result, f"{{{NAMESPACE}}}name", "Stellwerk")
    child(result, f"{{{NAMESPACE}}}version", VERSION)
    return result


FEATURE = Feature("version", ("XEP-0092",), (NAMESPACE,), {("get", QUERY): _tell})
