"""Shared groups: people who have each other in their rosters because the configuration says so.

Members of a group see each other, and are seen by the members of the groups it is visible to. Such
contacts are subscribed already, appear under the group's name, cannot be removed, and go with the group;
a user's own name and groups for them are kept beside. Nothing of it is stored.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from core_router.config import SharedGroup
from core_router.store.interfaces import Accounts, RosterItem

EVERYBODY = "*"
_SUBSCRIPTION = {(True, True): "both", (True, False): "to", (False, True): "from"}


class SharedGroups:
    """The groups of `[core_router.shared_groups]`, and who sees whom because of them."""

    def __init__(self, groups: Mapping[str, SharedGroup], accounts: Accounts) -> None:
        self._store = accounts
        self._accounts: set[str] | None = None  # all there are; only known where a group needs them
        self._groups: dict[str, SharedGroup] = {}
        self.replace(groups)

    def replace(self, groups: Mapping[str, SharedGroup]) -> None:
        """Other groups from now on."""
        self._groups = dict(groups)
        self._members = {name: frozenset(group.members) for name, group in groups.items()}
        self._everybody = any(EVERYBODY in "".join(group.members) for group in groups.values())

    async def of(self, account: str) -> dict[str, RosterItem]:
        """The contacts an account has because of the groups, by address."""
        if not self._groups:
            return {}
        if self._everybody and self._accounts is None:
            self._accounts = {found.jid for found in await self._store.list(None)}
        contacts = {jid: self.contact(account, jid) for jid in self._around(account)}
        return {jid: contact for jid, contact in contacts.items() if contact is not None}

    def contact(self, account: str, other: str) -> RosterItem | None:
        """How `other` appears in the roster of `account`; None if no group says so."""
        labels = tuple(self._labels(account, other))
        seen = any(True for _ in self._labels(other, account))
        if account == other or not (labels or seen):
            return None
        return RosterItem(other, subscription=_SUBSCRIPTION[bool(labels), seen], groups=labels)

    def created(self, account: str) -> None:
        """There is a new account."""
        if self._accounts is not None:
            self._accounts.add(account)

    def removed(self, account: str) -> None:
        """The account is gone."""
        if self._accounts is not None:
            self._accounts.discard(account)

    def _labels(self, viewer: str, member: str) -> Iterator[str]:
        """The groups in which `viewer` sees `member`, by the names they are shown with."""
        for name, group in self._groups.items():
            if self._is_member(member, name) and self._may_see(viewer, name):
                yield group.name or name

    def _may_see(self, viewer: str, name: str) -> bool:
        return any(self._is_member(viewer, one) for one in (name, *self._groups[name].visible_to))

    def _is_member(self, account: str, name: str) -> bool:
        members = self._members[name]
        if account in members:
            return True
        if not self._everybody or self._accounts is None or account not in self._accounts:
            return False
        return EVERYBODY in members or f"{EVERYBODY}@{account.partition('@')[2]}" in members

    def _around(self, account: str) -> set[str]:
        """Whoever may see the account or be seen by it."""
        found: set[str] = set()
        for name, group in self._groups.items():
            if self._may_see(account, name):
                found.update(self._all_members([name]))
            if self._is_member(account, name):
                found.update(self._all_members([name, *group.visible_to]))
        return found

    def _all_members(self, names: Iterable[str]) -> Iterator[str]:
        for name in names:
            for member in self._members[name]:
                if EVERYBODY not in member:
                    yield member
                else:
                    domain = member.removeprefix(EVERYBODY)  # "" or "@domain"
                    yield from (one for one in self._accounts or () if one.endswith(domain))


def merged(own: RosterItem | None, shared: RosterItem) -> RosterItem:
    """A contact that is shared, and may be in the user's own roster, too."""
    if own is None:
        return shared
    to, from_ = own.sends or shared.sends, own.receives or shared.receives
    return replace(
        own,
        subscription=_SUBSCRIPTION[to, from_],
        ask=own.ask and not to,
        pending=None if from_ else own.pending,
        listed=True,
        groups=(*shared.groups, *(group for group in own.groups if group not in shared.groups)),
    )


def fingerprint(contact: RosterItem) -> int:
    """A number that differs for contacts a client would be shown differently."""
    shown = "\0".join((contact.jid, contact.subscription, *contact.groups))
    return int.from_bytes(hashlib.blake2s(shown.encode(), digest_size=6).digest())
