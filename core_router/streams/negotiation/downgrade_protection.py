"""XEP-0474: the client can tell whether somebody took a mechanism or a binding type out of the offer."""

import base64
import hashlib

from core_router.streams.negotiation.exchange import Offered

_BETWEEN_NAMES, _BEFORE_BINDINGS = "\x1e", "\x1f"


def downgrade_hash(offered: Offered, digest: str) -> str:
    """The value of SCRAM's attribute `h` (§6.1), by the hash function of the mechanism in use."""
    advertised = _BETWEEN_NAMES.join(sorted(offered.mechanisms))
    if offered.bindings:
        advertised += _BEFORE_BINDINGS + _BETWEEN_NAMES.join(sorted(offered.bindings))
    return base64.b64encode(hashlib.new(digest, advertised.encode()).digest()).decode()
