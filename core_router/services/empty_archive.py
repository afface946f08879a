"""XEP-0313: accounts have an archive in which nothing is kept, and nothing is ever found.

This is no support of archives, and is not counted as such; it is there for clients that take an archive
for granted as soon as a room has one (decision 0070). It goes when accounts have a real one.
"""

from typing import Final

from core_router.envelope import Envelope
from core_router.feature import Feature, Iq
from core_router.xmpp.errors import StanzaError

NAMESPACE: Final = "urn:xmpp:mam:2"
_PAGES = "http://jabber.org/protocol/rsm"
_DATA = "jabber:x:data"
_QUERY = f"{{{NAMESPACE}}}query"
_NEIGHBOURS = (f"{{{_PAGES}}}set/{{{_PAGES}}}after", f"{{{_PAGES}}}set/{{{_PAGES}}}before")

# §4.1: the fields every archive has.
_FORM = (
    f"<query xmlns='{NAMESPACE}'><x xmlns='{_DATA}' type='form'>"
    f"<field type='hidden' var='FORM_TYPE'><value>{NAMESPACE}</value></field>"
    "<field type='jid-single' var='with'/><field type='text-single' var='start'/>"
    "<field type='text-single' var='end'/></x></query>"
).encode()
_NOTHING = (
    f"<fin xmlns='{NAMESPACE}' complete='true'><set xmlns='{_PAGES}'><count>0</count></set></fin>"
).encode()


def _fields(_request: Envelope) -> bytes:
    return _FORM


def _search(request: Envelope) -> bytes:
    """Finds nothing; raises `item-not-found` for the neighbours of a message, which is not there."""
    query = request.element(_QUERY)
    assert query is not None
    if any(query.findtext(neighbour) for neighbour in _NEIGHBOURS):
        raise StanzaError("item-not-found")
    return _NOTHING


EMPTY_ARCHIVE = Feature(
    name="empty archive",
    standards=(),
    account_features=(NAMESPACE,),
    iq=(Iq("account", "get", _QUERY, _fields), Iq("account", "set", _QUERY, _search)),
)
