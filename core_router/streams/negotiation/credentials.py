"""What mechanisms check passwords against, the same in shape and time whether the account exists or not."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass

from core_router.store.interfaces import Accounts, Verifier
from core_router.streams.negotiation.exchange import SaslFailure
from core_router.streams.negotiation.scram import HASHES, ITERATIONS, SALT_BYTES
from core_router.xmpp.jid import JID


@dataclass(frozen=True, slots=True)
class Credential:
    """What an exchange is run against; to be admitted once the client has proved what it must."""

    account: JID | None  # None: there is none, and nothing matches the verifier
    verifier: Verifier
    disabled: bool = False

    def admitted(self) -> JID:
        """The account, its password being proved. Raises SaslFailure."""
        if self.account is None:
            raise SaslFailure("not-authorized")
        if self.disabled:
            raise SaslFailure("account-disabled", "the account is disabled; ask who runs this server")
        return self.account


class Credentials:
    """The user backend as mechanisms see it. `key` is kept between restarts."""

    def __init__(self, accounts: Accounts, key: bytes) -> None:
        self._accounts = accounts
        self._disguise = hmac.digest(key, b"salts of accounts that do not exist", "sha256")

    async def of(self, account: JID | None, user: str, hash: str) -> Credential:
        """The credential for a hash of `scram.HASHES`; `user` is what the client calls itself."""
        stored = await self._accounts.credential(account.bare, hash) if account is not None else None
        if stored is None:
            # By the prepared name: `Alice` and `alice` have one salt, as they would have with an account.
            return Credential(None, self._fake_verifier(account.bare if account else user, hash))
        return Credential(account, stored.verifier, stored.disabled)

    def _fake_verifier(self, name: str, hash: str) -> Verifier:
        """The same salt at every try, as an account would have, and keys nothing matches."""
        salt = hmac.digest(self._disguise, f"{hash} {name}".encode(), "sha256")[:SALT_BYTES]
        size = hashlib.new(HASHES[hash]).digest_size
        return Verifier(salt, ITERATIONS, secrets.token_bytes(size), secrets.token_bytes(size))
