"""XEP-0199: XMPP ping, answered by the domain and by accounts."""

from core_router.envelope import Envelope
from core_router.feature import Feature, Iq

NAMESPACE = "urn:xmpp:ping"
_PING = f"{{{NAMESPACE}}}ping"


def _answer(_request: Envelope) -> bytes:
    return b""


PING = Feature(
    name="ping",
    standards=("XEP-0199",),
    domain_features=(NAMESPACE,),
    account_features=(NAMESPACE,),
    iq=(Iq("domain", "get", _PING, _answer), Iq("account", "get", _PING, _answer)),
)
