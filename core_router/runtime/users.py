"""The operator's commands for accounts, the same with the router running or not."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from core_router.routing.delivery import Router
from core_router.runtime.control import Arguments, Command, CommandError, text_argument
from core_router.store.interfaces import AccountExists, Accounts, NoSuchAccount, Verifier
from core_router.streams.negotiation.scram import HASHES, make_verifier, prepared_password
from core_router.xmpp.jid import JID, InvalidJid, parse_jid


class UserCommands:
    """`user-add`, `user-list`, `user-passwd`, `user-disable`, `user-enable`, `user-remove`."""

    def __init__(self, accounts: Accounts, domains: Callable[[], list[str]], router: Router) -> None:
        self._accounts = accounts
        self._domains = domains
        self._router = router

    def commands(self) -> dict[str, Command]:
        """By name."""
        return {
            "user-add": self._add,
            "user-list": self._list,
            "user-passwd": self._passwd,
            "user-disable": self._disable,
            "user-enable": self._enable,
            "user-remove": self._remove,
        }

    async def _add(self, arguments: Arguments) -> Mapping[str, Any]:
        jid = self._account(arguments)
        try:
            await self._accounts.create(jid.bare, _verifiers(arguments), datetime.now(UTC))
        except AccountExists:
            raise CommandError(f"{jid} exists already; `stellwerk user passwd` sets a new password") from None
        self._router.account_created(jid.bare)
        return {"jid": jid.bare}

    async def _list(self, arguments: Arguments) -> Mapping[str, Any]:
        domain = arguments.get("domain")
        accounts = await self._accounts.list(domain if isinstance(domain, str) else None)
        return {
            "users": [
                {
                    "jid": account.jid,
                    "created": account.created.strftime("%Y-%m-%dT%H:%M:%SZ"),
                    "disabled": account.disabled,
                    "sessions": len(self._router.sessions.of(account.jid)),
                }
                for account in accounts
            ]
        }

    async def _passwd(self, arguments: Arguments) -> Mapping[str, Any]:
        jid = self._account(arguments)
        try:
            await self._accounts.set_verifiers(jid.bare, _verifiers(arguments))
        except NoSuchAccount:
            raise CommandError(f"there is no account {jid}") from None
        return {"jid": jid.bare}

    async def _disable(self, arguments: Arguments) -> Mapping[str, Any]:
        jid = await self._set_disabled(arguments, True)
        self._router.sessions.bar(jid, "the account is disabled")
        return {"jid": jid}

    async def _enable(self, arguments: Arguments) -> Mapping[str, Any]:
        jid = await self._set_disabled(arguments, False)
        self._router.sessions.admit(jid)
        return {"jid": jid}

    async def _set_disabled(self, arguments: Arguments, disabled: bool) -> str:
        jid = self._account(arguments)
        try:
            await self._accounts.set_disabled(jid.bare, disabled)
        except NoSuchAccount:
            raise CommandError(f"there is no account {jid}") from None
        return jid.bare

    async def _remove(self, arguments: Arguments) -> Mapping[str, Any]:
        jid = self._account(arguments)
        try:
            await self._accounts.remove(jid.bare)
        except NoSuchAccount:
            raise CommandError(f"there is no account {jid}") from None
        self._router.account_removed(jid.bare)
        return {"jid": jid.bare}

    def _account(self, arguments: Arguments) -> JID:
        written = text_argument(arguments, "jid")
        domains = self._domains()
        try:
            jid = parse_jid(written if "@" in written else f"{written}@{domains[0]}")
        except InvalidJid as error:
            raise CommandError(f"{written!r} is no address: {error}") from None
        if jid.resource or not jid.local:
            raise CommandError(f"{written!r} is no account; it looks like name@{domains[0]}")
        if jid.domain not in domains:
            raise CommandError(f"{jid.domain} is not served here; this server has {', '.join(domains)}")
        if len(jid.bare) > 512:
            raise CommandError("the address is longer than 512 characters")
        return jid


def _verifiers(arguments: Arguments) -> dict[str, Verifier]:
    """What is kept of the password, prepared by RFC 8265 §4.2."""
    try:
        password = prepared_password(text_argument(arguments, "password"))
    except ValueError as error:
        raise CommandError(str(error)) from None
    return {hash: make_verifier(password, hash) for hash in HASHES}
