"""XEP-0421 occupant ids, XEP-0359 stanza ids, ids of requests that are passed on.

All are made from one secret of the service; nothing is stored.
"""

import hmac
import json
import os
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB

_NONCE = 12  # bytes, of AES-GCM
_BLOCK = struct.Struct(">qq")  # 16 bytes: room, message


class Ids:
    """The ids a service gives out; nobody else can compute them."""

    def __init__(self, secret: bytes) -> None:
        self.secret = secret
        # A single block, which never repeats, under a key of its own: that is what ECB is good for.
        cipher = Cipher(AES(self.key("stanza ids")), ECB())
        self._box = AESGCM(self.key("requests"))
        self._encryptor, self._decryptor = cipher.encryptor(), cipher.decryptor()

    def key(self, purpose: str) -> bytes:
        """32 bytes for one purpose, such as a key of AES."""
        return hmac.digest(self.secret, purpose.encode(), "sha256")

    def occupant_id(self, room: str, bare: str) -> str:
        """What stands for a user in a room, whatever the nickname: 64 hex digits (XEP-0421 §3.1)."""
        return hmac.digest(self.secret, f"{room}\0{bare}".encode(), "sha256").hex()

    def stanza_id(self, room_id: int, number: int) -> str:
        """The id of a message, 32 hex digits: the archive finds the number again, nobody else can tell
        it, nor the next one (XEP-0359 §3.1). 1 µs.
        """
        return self._encryptor.update(_BLOCK.pack(room_id, number)).hex()

    def number(self, room_id: int, stanza_id: str) -> int | None:
        """The message of that room which has the id; None for what was not made by `stanza_id`."""
        try:
            block = bytes.fromhex(stanza_id)
        except ValueError:
            return None
        if len(block) != _BLOCK.size or len(stanza_id) != 2 * _BLOCK.size:
            return None
        room, number = _BLOCK.unpack(self._decryptor.update(block))
        return number if room == room_id else None

    def seal(self, words: Sequence[str], recipient: str) -> str:
        """An id for a request to the recipient, out of which `unseal` reads the words; nobody else can."""
        nonce = os.urandom(_NONCE)
        return urlsafe_b64encode(
            nonce
            + self._box.encrypt(nonce, json.dumps(words, ensure_ascii=False).encode(), recipient.encode())
        ).decode()

    def unseal(self, id: str, recipient: str) -> list[str] | None:
        """The words in the id of a request to that recipient; None for what was not made by `seal`."""
        try:
            sealed = urlsafe_b64decode(id)
            words: list[str] = json.loads(
                self._box.decrypt(sealed[:_NONCE], sealed[_NONCE:], recipient.encode())
            )
        except (ValueError, InvalidTag):
            return None
        return words
