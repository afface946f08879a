"""Shared groups at work: rosters and presence follow when accounts come and go, and when groups change."""

import logging
from collections.abc import Mapping

from twisted.internet.defer import Deferred

from core_router.config import SharedGroup
from core_router.feature import Feature
from core_router.services.presence import Presence
from core_router.services.rosters import Roster, Rosters, removed_item, roster_item
from core_router.services.shared_groups import SharedGroups
from core_router.store.interfaces import RosterItem
from core_router.xmpp.jid import parse_jid

log = logging.getLogger(__name__)


class SharedContacts:
    """Keeps the rosters in memory in step with the groups; others are read with them."""

    def __init__(self, groups: SharedGroups, rosters: Rosters, presence: Presence) -> None:
        self._groups = groups
        self._rosters = rosters
        self._presence = presence

    def feature(self) -> Feature:
        return Feature(
            name="shared groups",
            standards=(),
            account_created=self._created,
            account_removed=self._removed,
        )

    def replace(self, groups: Mapping[str, SharedGroup]) -> None:
        """Other groups from now on, for whoever is here, too."""
        self._groups.replace(groups)
        Deferred.fromCoroutine(self._review()).addErrback(lambda failure: log.error("groups: %s", failure))

    async def _review(self) -> None:
        for account in list(self._rosters.in_memory):
            contacts = await self._groups.of(account)
            roster = self._rosters.loaded(account)
            if roster is not None:
                for jid in roster.shared.keys() | contacts.keys():
                    self._share(account, roster, jid, contacts.get(jid))

    def _created(self, account: str) -> None:
        self._groups.created(account)
        self._share_with_all(account)

    def _removed(self, account: str) -> None:
        self._groups.removed(account)
        self._share_with_all(account)

    def _share_with_all(self, jid: str) -> None:
        for account, roster in self._rosters.in_memory.items():
            self._share(account, roster, jid, self._groups.contact(account, jid))

    def _share(self, account: str, roster: Roster, jid: str, contact: RosterItem | None) -> None:
        if roster.shared.get(jid) == contact:
            return
        before = roster.items.get(jid)
        roster.share(jid, contact)
        after = roster.items.get(jid)
        shown = after is not None and after.listed
        self._rosters.push(account, roster, roster_item(after) if after and shown else removed_item(jid))
        received = before is not None and before.receives
        receives = after is not None and after.receives
        if receives and not received:
            self._presence.send_current(account, parse_jid(jid))
        elif received and not receives:
            self._presence.send_unavailable(account, parse_jid(jid))
