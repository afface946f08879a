"""XEP-0045 §10.1 and §10.2 a room's configuration by its owners, the first and every later one."""

from xml.etree.ElementTree import Element

from components.common.elements import child
from components.common.errors import StanzaError
from components.common.forms import FORM, form, submitted
from components.muc.feature import FormValues, RoomFeature, Visit
from components.muc.features.change_notice import CONFIGURED, notify
from components.muc.features.destroying import DESTROY, destroy
from components.muc.features.exiting import close_if_empty
from components.muc.occupant import Affiliation
from components.muc.setting import RoomConfig
from components.muc.stanzas import MUC, OWNER

QUERY = f"{{{OWNER}}}query"
FORM_TYPE = f"{MUC}#roomconfig"


def _offer(visit: Visit, query: Element) -> Element:
    """The form, filled with the present configuration."""
    _require_owner(visit)
    fields = [
        setting.field(visit.room.config[setting])
        for feature in visit.service.features
        for setting in feature.settings
    ]
    fields += [item for feature in visit.service.features for item in feature.fields(visit.room)]
    result = Element(QUERY)
    result.append(form("form", FORM_TYPE, fields, f"Configuration of {visit.room.jid}"))
    return result


def _submit(visit: Visit, query: Element) -> None:
    """A filled form, an empty one for the defaults, a cancellation, or the end of the room (§10.9)."""
    _require_owner(visit)
    destruction = query.find(DESTROY)
    if destruction is not None:
        destroy(visit, destruction)
        return
    filled = query.find(FORM)
    if filled is None or filled.get("type") not in ("submit", "cancel"):
        raise StanzaError("bad-request", "expected a submitted form")
    if filled.get("type") == "submit":
        apply(visit, submitted(filled, FORM_TYPE))
    elif visit.room.locked:
        destroy(visit, child(Element(QUERY), DESTROY))  # §10.1.3: cancelled before it was open


def apply(visit: Visit, values: FormValues) -> None:
    """Take over the fields of a submitted form, whoever submits it, and tell the occupants."""
    room, features = visit.room, visit.service.features
    settings = [setting for feature in features for setting in feature.settings]
    old, opened = room.config, room.locked
    new = old.submitted(settings, values)
    for feature in features:
        feature.accepts(new)
    room.configure(visit.transaction, new)
    announcements = [tell for feature in features for tell in feature.submitted(visit, values)]
    visit.transaction.place_result()
    for tell in announcements:
        tell()
    follow(visit, old, opened)
    close_if_empty(visit)


def follow(visit: Visit, old: RoomConfig, opened: bool = False) -> None:
    """Do what comes of the room's new configuration. Unless it was opened by it, the occupants are told:
    what concerns their privacy by its own code, the rest by one (§10.2.1).
    """
    codes = {code for feature in visit.service.features for code in feature.configured(visit, old)}
    if not opened and (codes or visit.room.config.differences(old)):
        notify(visit.room, visit.transaction, sorted(codes) or (CONFIGURED,))


def _require_owner(visit: Visit) -> None:
    if visit.affiliation is not Affiliation.OWNER:
        raise StanzaError("forbidden", "only owners may configure or destroy a room")


FEATURE = RoomFeature("configuration", requests={("get", QUERY): _offer, ("set", QUERY): _submit})
