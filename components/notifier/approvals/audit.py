"""The audit trail: what was decided, by whom; each entry signed, together with the signature before it.

Whoever changes, removes or inserts an entry breaks the chain from there on, unless they have the key, which
is not in the database. Signatures are Ed25519 (RFC 8032) over the canonical JSON of the entry.
"""

import base64
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the trail."""

    sequence: int  # from 1, without gaps
    number: int  # of the approval
    event: str  # created, approve, reject, delegate, substitute, approved, rejected, cancelled, expired
    by: str  # bare JID, name of a program's token, "operator", or "clock"
    detail: Mapping[str, Any]
    at: datetime
    before: str  # the signature of the entry before; empty in the first
    signature: str = ""  # base64

    def message(self) -> bytes:
        """What is signed: JSON with sorted keys and without spaces."""
        content = {
            "sequence": self.sequence,
            "number": self.number,
            "event": self.event,
            "by": self.by,
            "detail": self.detail,
            "at": self.at.isoformat(),
            "before": self.before,
        }
        return json.dumps(content, sort_keys=True, separators=(",", ":")).encode()


class Signer:
    """Signs, with a key that is made at its first use."""

    def __init__(self, path: Path, may_make: bool = True) -> None:
        """`path` is the key's file (PEM, PKCS #8)."""
        self._path, self._may_make = path, may_make

    def sign(self, entry: Entry) -> Entry:
        """The entry with its signature. Raises `OSError` or `ValueError` if the key cannot be used."""
        return replace(entry, signature=base64.b64encode(self._key.sign(entry.message())).decode())

    def fault(self, entries: Iterable[Entry]) -> str:
        """The first entry at which the trail, from its beginning, is not as it was signed; empty if none."""
        before, expected = "", 1
        for entry in entries:
            if entry.sequence != expected or entry.before != before:
                return f"entry {expected}: something is missing before, or stands in another order"
            try:
                self._key.public_key().verify(base64.b64decode(entry.signature), entry.message())
            except (InvalidSignature, ValueError):
                return f"entry {entry.sequence}: its signature does not fit"
            before, expected = entry.signature, expected + 1
        return ""

    def public_key(self) -> str:
        """For auditors (PEM): whoever has it can check the trail, and sign nothing."""
        encoded = self._key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        return encoded.decode()

    @cached_property
    def _key(self) -> Ed25519PrivateKey:
        try:
            key = load_pem_private_key(self._path.read_bytes(), None)
        except FileNotFoundError:
            if not self._may_make:
                raise
            return self._made()
        if not isinstance(key, Ed25519PrivateKey):
            raise ValueError(f"{self._path}: expected an Ed25519 key (PEM)")
        return key

    def _made(self) -> Ed25519PrivateKey:
        key = Ed25519PrivateKey.generate()
        content = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Complete or not at all: a key that was half written would never verify anything.
        beside = self._path.with_suffix(".new")
        beside.touch(mode=0o600)
        with beside.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self._path)
        return key
