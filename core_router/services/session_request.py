"""RFC 3921 §3: the session request of old clients, which does nothing any more."""

from core_router.envelope import Envelope
from core_router.feature import Feature, Iq

NAMESPACE = "urn:ietf:params:xml:ns:xmpp-session"


def _answer(_request: Envelope) -> bytes:
    return b""


# COMPAT(old clients, 2026): some still ask for a session after binding and wait for the result.
SESSION_REQUEST = Feature(
    name="session request",
    standards=("RFC 3921 §3",),
    stream_features=f"<session xmlns='{NAMESPACE}'><optional/></session>".encode(),
    iq=(Iq("account", "set", f"{{{NAMESPACE}}}session", _answer),),
)
