"""XEP-0054 a room's vCard and XEP-0486 its avatar: set by owners, announced by the avatar's hash (0153)."""

import hashlib
from base64 import b64decode
from collections.abc import Iterable, Sequence
from typing import Any
from xml.etree.ElementTree import Element, fromstring

from sqlalchemy import Connection, select

from components.common.elements import STREAM, render
from components.common.errors import StanzaError
from components.common.forms import Field
from components.common.transaction import Transaction
from components.muc import storage
from components.muc.feature import RoomFeature, Visit
from components.muc.features.change_notice import notify
from components.muc.occupant import Affiliation
from components.muc.room import Room

NAMESPACE, UPDATE = "vcard-temp", "vcard-temp:x:update"
VCARD = f"{{{NAMESPACE}}}vCard"
MOST_BYTES = 131_072


def _get(visit: Visit, request: Element) -> None:
    """From the store, where it is read when somebody wants it."""
    room = visit.room

    def find(connection: Connection) -> Any:
        mine = select(storage.vcards.c.content).where(storage.vcards.c.room_id == room.id)
        return connection.execute(mine).scalar()

    def answer(content: str | None, transaction: Transaction) -> Element:
        return fromstring(f"<s xmlns='{STREAM}'>{content}</s>")[0] if content else Element(VCARD)

    visit.service.questions.ask(visit.stanza, visit.transaction, find, answer)


def _set(visit: Visit, vcard: Element) -> None:
    """An empty one removes it (XEP-0486 §3.2)."""
    if visit.affiliation is not Affiliation.OWNER:
        raise StanzaError("forbidden", "only owners may set the room's vCard")
    room, transaction = visit.room, visit.transaction
    keep(room, vcard, transaction)
    transaction.place_result()
    notify(room, transaction)
    _show(room, transaction, room.addresses)


def checked(vcard: Element) -> tuple[str, tuple[str, ...]]:
    """A vCard as text, and the hashes of its pictures. Raises `policy-violation`, `bad-request`."""
    content = render(vcard)
    if len(content) > MOST_BYTES:
        raise StanzaError("policy-violation", f"a vCard has at most {MOST_BYTES} bytes")
    return content, tuple(_hashes(vcard))


def keep(room: Room, vcard: Element, transaction: Transaction) -> None:
    """Make this the room's vCard; nobody is told. Raises as `checked`."""
    content, hashes = checked(vcard)
    transaction.assign(room, "avatar", hashes)
    if len(vcard):
        row = {"content": content, "hashes": " ".join(hashes)}
        transaction.write(storage.vcards, (room.id,), row)
    else:
        transaction.delete(storage.vcards, (room.id,))


def welcome(room: Room, transaction: Transaction, address: str) -> None:
    """Show the avatar, if there is one, to somebody who has entered."""
    if room.avatar:
        _show(room, transaction, (address,))


def _show(room: Room, transaction: Transaction, addresses: Sequence[str]) -> None:
    """XEP-0486 §5.2 names a presence of the room itself as the older way.

    COMPAT(Gajim 1.7, Dino 0.4, 2026): this is where they look, and not in disco#info.
    """
    transaction.send(
        f"<presence from='{room.address}' to='",
        f"'><x xmlns='{UPDATE}'><photo>{''.join(room.avatar[:1])}</photo></x></presence>",
        addresses,
    )


def _hashes(vcard: Element) -> Iterable[str]:
    """XEP-0153 §3.1: SHA-1 of each picture's bytes. Raises `bad-request` for what is not base64."""
    for photo in vcard.findall(f"{{{NAMESPACE}}}PHOTO"):
        encoded = "".join((photo.findtext(f"{{{NAMESPACE}}}BINVAL") or "").split())
        try:
            picture = b64decode(encoded, validate=True)
        except ValueError:
            raise StanzaError("bad-request", "the picture is not base64") from None
        if picture:
            yield hashlib.sha1(picture, usedforsecurity=False).hexdigest()


def _announces(room: Room) -> Iterable[str]:
    yield NAMESPACE


def _describes(room: Room) -> Iterable[Field]:
    if room.avatar:
        yield Field("muc#roominfo_avatarhash", room.avatar, "text-multi", "Avatar hash")


FEATURE = RoomFeature(
    "vcard",
    xeps=("XEP-0054", "XEP-0153", "XEP-0486"),
    requests={("get", VCARD): _get, ("set", VCARD): _set},
    announces=_announces,
    describes=_describes,
)
