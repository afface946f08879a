"""XEP-0092: software version. The operating system is nobody's business (§4)."""

from core_router.envelope import Envelope
from core_router.feature import Feature, Iq
from core_router.xmpp.element import write_text

NAMESPACE = "jabber:iq:version"


def version(number: str) -> Feature:
    """The feature that tells name and version number."""
    answer = (
        f"<query xmlns='{NAMESPACE}'>{write_text('name', 'Stellwerk')}{write_text('version', number)}</query>"
    ).encode()

    def handle(_request: Envelope) -> bytes:
        return answer

    return Feature(
        name="version",
        standards=("XEP-0092",),
        domain_features=(NAMESPACE,),
        iq=(Iq("domain", "get", f"{{{NAMESPACE}}}query", handle),),
    )
