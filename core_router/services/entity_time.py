"""XEP-0202: what time it is on the server. Where that stands is nobody's business (§6)."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from core_router.envelope import Envelope
from core_router.feature import Feature, Iq

NAMESPACE: Final = "urn:xmpp:time"


def entity_time(now: Callable[[], datetime]) -> Feature:
    """The feature that tells the time, `now` being in UTC."""

    def answer(_request: Envelope) -> bytes:
        utc = now().strftime("%Y-%m-%dT%H:%M:%SZ")  # XEP-0082 §3
        return f"<time xmlns='{NAMESPACE}'><tzo>Z</tzo><utc>{utc}</utc></time>".encode()

    return Feature(
        name="entity time",
        standards=("XEP-0202",),
        domain_features=(NAMESPACE,),
        iq=(Iq("domain", "get", f"{{{NAMESPACE}}}time", answer),),
    )
