"""RFC 6120 §7: resource binding."""

import secrets
from typing import Final

from core_router.envelope import Envelope
from core_router.xmpp.errors import StanzaError
from core_router.xmpp.jid import JID, InvalidJid, prepare_resource
from core_router.xmpp.text import escape

NAMESPACE = "urn:ietf:params:xml:ns:xmpp-bind"

BIND: Final = f"{{{NAMESPACE}}}bind"
OFFER = f"<bind xmlns='{NAMESPACE}'/>".encode()


def wanted_resource(request: Envelope) -> str:
    """The resource a bind request asks for, or a new one of the server's making (§7.6, §7.7).

    Raises StanzaError `bad-request` when what it asks for cannot be prepared.
    """
    bind = request.element(BIND)
    asked = bind.findtext(f"{{{NAMESPACE}}}resource") if bind is not None else None
    if not asked:
        return secrets.token_urlsafe(9)
    try:
        return prepare_resource(asked)
    except InvalidJid as error:
        raise StanzaError("bad-request", str(error)) from None


def bound(request: Envelope, jid: JID) -> bytes:
    """The result of a bind request (§7.6.1)."""
    return (
        f"<iq id='{escape(request.id)}' type='result'><bind xmlns='{NAMESPACE}'>"
        f"<jid>{jid.attribute}</jid></bind></iq>"
    ).encode()
