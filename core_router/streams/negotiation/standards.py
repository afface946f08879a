"""What the steps of negotiation implement; they are no features, but count among what the router can do."""

from typing import Final

from core_router.feature import Feature

FEATURES: Final = (
    Feature(name="STARTTLS", standards=("RFC 6120 §5",)),
    Feature(name="SASL", standards=("RFC 6120 §6", "RFC 4422", "RFC 4616", "RFC 5802", "RFC 7677")),
    Feature(name="channel binding", standards=("XEP-0440", "RFC 5929 §4", "RFC 9266")),
    Feature(name="downgrade protection", standards=("XEP-0474",)),
    Feature(name="resource binding", standards=("RFC 6120 §7",)),
    Feature(name="SASL2", standards=("XEP-0388",)),
    Feature(name="Bind 2", standards=("XEP-0386",)),
    Feature(name="FAST", standards=("XEP-0484",)),
)
