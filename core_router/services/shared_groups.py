"""Shared groups: people who have each other in their rosters because the configuration says so.

Members of a group see each other, and are seen by the members of the groups it is visible to. Such
contacts are subscribed already, appear under the group's name, cannot be removed, and go with the group;
a user's own name and groups for them are kept beside. Nothing of it is stored.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache

from core_router.config import SharedGroup
from core_router.store.interfaces import Accounts, RosterItem

EVERYBODY = "*"
_SUBSCRIPTION = {(True, True): "both", (True, False): "to", (False, True): "from"}


class SharedGroups:
    """The groups of `[core_router.shared_groups]`, and who sees whom because of them."""

    def __init__(self, groups: Mapping[str, SharedGroup], accounts: Accounts) -> None:
        self._store = accounts
        self._accounts: set[str] | None = None  # all there are; only known where a group needs them
        self._groups: Mapping[str, SharedGroup] = {}
        self._members: dict[str, set[str]] = {}  # by group, `*` being spelled out
        # Each contact once, however many rosters it is in: by address, groups, and whether it is seen.
        self._contacts: dict[tuple[str, tuple[str, ...], bool], RosterItem] = {}
        self.replace(groups)

    def replace(self, groups: Mapping[str, SharedGroup]) -> None:
        """Other groups from now on."""
        self._groups = groups
        self._contacts = {}
        self._members = {
            name: {member for member in group.members if EVERYBODY not in member}
            | {account for account in self._accounts or () if _is_of_everybody(account, group)}
            for name, group in groups.items()
        }

    async def of(self, account: str) -> dict[str, RosterItem]:
        """The contacts an account has because of the groups, by address."""
        if self._accounts is None and any(EVERYBODY in "".join(one.members) for one in self._groups.values()):
            self._accounts = {found.jid for found in await self._store.list(None)}
            self.replace(self._groups)
        contacts = {jid: self.contact(account, jid) for jid in self._around(account)}
        return {jid: contact for jid, contact in contacts.items() if contact is not None}

    def contact(self, account: str, other: str) -> RosterItem | None:
        """How `other` appears in the roster of `account`; None if no group says so."""
        labels = tuple(
            group.name or name for name, group in self._groups.items() if self._sees(account, other, name)
        )
        seen = any(self._sees(other, account, name) for name in self._groups)
        if account == other or not (labels or seen):
            return None
        contact = self._contacts.get((other, labels, seen))
        if contact is None:
            contact = RosterItem(other, subscription=_SUBSCRIPTION[bool(labels), seen], groups=labels)
            self._contacts[other, labels, seen] = contact
        return contact

    def created(self, account: str) -> None:
        """There is a new account."""
        if self._accounts is not None:
            self._accounts.add(account)
            for name, group in self._groups.items():
                if _is_of_everybody(account, group):
                    self._members[name].add(account)

    def removed(self, account: str) -> None:
        """The account is gone."""
        if self._accounts is not None:
            self._accounts.discard(account)
            for name, group in self._groups.items():
                if account not in group.members:
                    self._members[name].discard(account)

    def _sees(self, viewer: str, member: str, name: str) -> bool:
        return member in self._members[name] and self._may_see(viewer, name)

    def _may_see(self, viewer: str, name: str) -> bool:
        members = self._members
        return viewer in members[name] or any(viewer in members[one] for one in self._groups[name].visible_to)

    def _around(self, account: str) -> set[str]:
        """Whoever may see the account or be seen by it."""
        found: set[str] = set()
        for name, group in self._groups.items():
            if self._may_see(account, name):
                found |= self._members[name]
            if account in self._members[name]:
                found = found.union(self._members[name], *(self._members[one] for one in group.visible_to))
        return found


def _is_of_everybody(account: str, group: SharedGroup) -> bool:
    return EVERYBODY in group.members or f"{EVERYBODY}@{account.partition('@')[2]}" in group.members


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


@lru_cache(maxsize=4096)
def fingerprint(contact: RosterItem) -> int:
    """A number that differs for contacts a client would be shown differently."""
    shown = "\0".join((contact.jid, contact.subscription, *contact.groups))
    return int.from_bytes(hashlib.blake2s(shown.encode(), digest_size=6).digest())
