"""The one place where the router is put together, in a visible order."""

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from core_router.config import Bounds, Config, Contact, Login
from core_router.feature import Feature
from core_router.framing.limits import Limits
from core_router.routing.component import ComponentDomain
from core_router.routing.delivery import Router
from core_router.routing.sessions import Session
from core_router.routing.shared import SharedDomain, domain_of, part_names
from core_router.routing.timer import CallLater
from core_router.services.blocking import Blocking
from core_router.services.blocklists import Blocklists
from core_router.services.capabilities import CAPABILITIES, nodes
from core_router.services.capabilities import stream_features as capabilities
from core_router.services.carbons import Carbons
from core_router.services.contact_addresses import contact_addresses
from core_router.services.disco import Disco
from core_router.services.empty_archive import EMPTY_ARCHIVE
from core_router.services.entity_time import entity_time
from core_router.services.guests import Guests, RostersWithGuests
from core_router.services.last_activity import LastActivity
from core_router.services.multicast import Multicast
from core_router.services.offline import Offline
from core_router.services.ping import PING
from core_router.services.presence import Presence
from core_router.services.roster import RosterService
from core_router.services.rosters import Rosters
from core_router.services.session_request import SESSION_REQUEST
from core_router.services.shared_contacts import SharedContacts
from core_router.services.shared_groups import SharedGroups
from core_router.services.stanza_ids import StanzaIds
from core_router.services.subscriptions import Subscriptions
from core_router.services.version import version
from core_router.store.interfaces import Stores
from core_router.streams.client import ClientStream
from core_router.streams.component_accept import ComponentStream
from core_router.streams.connection import Connection, PacedConnection, Sender
from core_router.streams.http import web
from core_router.streams.http.bosh_session import Surroundings
from core_router.streams.http.web import Web
from core_router.streams.negotiation import standards
from core_router.streams.negotiation.authentication import Authentication
from core_router.streams.negotiation.bind2 import Bind2
from core_router.streams.negotiation.channel_binding import ChannelBindingTypes
from core_router.streams.negotiation.client_state import ClientState
from core_router.streams.negotiation.credentials import Credentials
from core_router.streams.negotiation.fast import Fast
from core_router.streams.negotiation.guesses import Guesses
from core_router.streams.negotiation.mechanisms import InThread, mechanisms
from core_router.streams.negotiation.sasl import Sasl
from core_router.streams.negotiation.sasl2 import Sasl2
from core_router.streams.negotiation.starttls import StartTls
from core_router.streams.negotiation.step import Step
from core_router.streams.negotiation.stream_management import StreamManagement
from core_router.streams.restart import Restart
from core_router.xmpp.errors import StanzaError, StreamCondition, StreamError
from settings import VERSION

log = logging.getLogger(__name__)

_MARGIN = 100  # elements of a component's own in a stanza it passes on


class Server:
    """The router with all its features, without sockets, files or clock: those are handed in.

    To client streams it is a `streams.client.Desk`, to component streams a `Directory`.
    """

    def __init__(
        self,
        config: Config,
        *,
        stores: Stores,
        key: bytes,
        now: Callable[[], datetime],
        in_thread: InThread,
        call_later: CallLater,
        send_later: Callable[[Sender], None] = lambda sender: sender.flush(),
    ) -> None:
        """`send_later`: have what was collected sent when the input at hand is handled."""
        self.config = config
        self.router = Router()
        self.domains = config.domains  # this very list changes when domains come and go
        self.components: dict[str, ComponentDomain] = {}  # parts of shared domains have names of their own
        self.shared_domains: dict[str, SharedDomain] = {}
        self._call_later = call_later
        self._continuity = stores.continuity
        self.stream_management = StreamManagement(
            self.router, config.router.resumption, stores.continuity, call_later
        )
        self.client_state = ClientState()
        around = Surroundings(now, call_later, send_later, self._bounds)
        self.web = Web(self, config.router.http, config.router.clients, around)
        self.guesses = Guesses(config.router.rates, lambda: now().timestamp())
        self.guests = Guests(self.router, config.router.login.guests)
        self.blocklists = Blocklists(stores.blocklists)
        self.multicast = Multicast(self.router, self._may_multicast, config.router.limits.multicast_addresses)
        features = self.features = self._features(stores, now)
        self.router.install(features)
        self.steps = self._steps(stores, features, key, now, in_thread)
        for domain in self.domains:
            self.router.serve(domain)
        for domain, table in config.router.component.items():
            self.add_component(domain, table.connections)
        self.restart = Restart(self.router, self.stream_management, self.components, stores.continuity)

    async def begin(self) -> None:
        """Take in what is stored; to be awaited before anybody can connect."""
        await self.blocklists.load()
        await self.restart.take_up()

    def _steps(
        self,
        stores: Stores,
        features: list[Feature],
        key: bytes,
        now: Callable[[], datetime],
        in_thread: InThread,
    ) -> list[Step]:
        """All steps of negotiation, in the order in which they are offered."""
        login, require_tls = self.config.router.login, self.config.router.clients.require_tls
        self._start_tls = StartTls(required=require_tls)
        self._authentication = Authentication(
            mechanisms(Credentials(stores.accounts, key), in_thread),
            self.guesses,
            login,
            require_tls=require_tls,
        )
        switches = [switch for feature in features for switch in feature.inline]
        self._fast = Fast(stores.tokens, key, now, timedelta(days=login.token_days))
        return [
            self._start_tls,
            ChannelBindingTypes(),
            Sasl(self._authentication),
            Sasl2(
                self._authentication,
                self._fast,
                Bind2(key, [self.stream_management], switches),
                [self.stream_management],
            ),
            self.stream_management,
            self.client_state,
        ]

    def _features(self, stores: Stores, now: Callable[[], datetime]) -> list[Feature]:
        """All features, in the order in which their hooks are called."""
        router, bounds = self.router, self._bounds
        groups = SharedGroups(self.config.router.shared_groups, stores.accounts)
        rosters = Rosters(router, RostersWithGuests(stores.rosters, self.guests), groups)
        presence = Presence(router, rosters, self.blocklists, bounds)
        subscriptions = Subscriptions(router, rosters, presence, bounds)
        self.shared_contacts = SharedContacts(groups, rosters, presence)
        self._disco = Disco(self._listed_components, rosters)
        features = [
            self.guests.feature(),
            Blocking(router, self.blocklists, presence, bounds).feature(),
            SESSION_REQUEST,
            PING,
            version(VERSION),
            entity_time(now),
            self._disco.feature(),
            CAPABILITIES,
            contact_addresses(self.config.router.contact),
            # The roster last in `session_closed`: presence still needs it there.
            presence.feature(),
            subscriptions.feature(),
            self.shared_contacts.feature(),
            RosterService(rosters, bounds, subscriptions.contact_removed, router).feature(),
            # Before stream management: what is held back goes into its queue.
            self.client_state.feature(),
            # After presence: what was not acknowledged must not come back to the same resource.
            self.stream_management.feature(),
            Offline(router, stores.offline, now, bounds).feature(),
            StanzaIds().feature(),
            Carbons(router, presence).feature(),
            LastActivity(router, rosters, stores.last_activity, now).feature(),
            EMPTY_ARCHIVE,
            self.multicast.feature(),
            *web.FEATURES,
            *standards.FEATURES,
        ]
        self._describe(features)
        return features

    def _describe(self, features: list[Feature]) -> None:
        """Advertise what the features declare."""
        offered = b"".join(feature.stream_features for feature in features)
        self.stream_features = offered + capabilities(self._disco.describe(features, nodes))

    def _bounds(self) -> Bounds:
        return self.config.router.limits

    def _listed_components(self, domain: str) -> list[str]:
        """Those below the domain; the first domain lists the ones that are below none, too."""
        return [
            component
            for component, table in self.config.router.component.items()
            if not table.hidden and self._domain_above(component) == domain
        ]

    def _may_multicast(self, domain: str) -> bool:
        component = self.config.router.component.get(domain)
        return component is not None and component.multicast

    def _domain_above(self, component: str) -> str:
        above = [domain for domain in self.domains if component.endswith(f".{domain}")]
        return max(above, key=len, default=self.domains[0])

    def new_client(self, connection: Connection) -> ClientStream:
        """The stream on a client's new connection."""
        return ClientStream(connection, self)

    def new_component(self, connection: PacedConnection) -> ComponentStream:
        """The stream on a component's new connection."""
        return ComponentStream(connection, _ComponentDesk(self), self.domains[0])

    # -- streams.client.Desk ------------------------------------------------------------------------

    @property
    def unauthenticated(self) -> Limits:
        return self._bounds().of(self._bounds().unauthenticated_bytes)

    @property
    def authenticated(self) -> Limits:
        return self._bounds().of(self._bounds().client_stanza_bytes)

    def open_session(self, session: Session) -> None:
        sessions = self.router.sessions
        if session.jid.domain not in self.router.local_domains:
            raise StanzaError("not-allowed", f"{session.jid.domain} is no longer served here")
        if sessions.barred(session.jid.bare):
            raise StanzaError("not-allowed", "the account was disabled or removed")
        if session.guest:
            self.guests.check_room()
        full = len(sessions.of(session.jid.bare)) >= self.config.router.limits.resources
        if full and sessions.get(session.jid) is None:
            raise StanzaError("resource-constraint", "too many sessions of this account")
        self.router.open_session(session)

    def detach_session(self, session: Session) -> None:
        self.router.detach_session(session)

    def close_session(self, session: Session) -> None:
        self.router.close_session(session)

    # -- components ---------------------------------------------------------------------------------

    def add_component(self, domain: str, connections: int) -> None:
        """Accept a component for that domain from now on, on so many connections at a time."""
        names = part_names(domain, connections)
        parts = [self._new_part(name) for name in names]
        self.components.update(zip(names, parts, strict=True))
        if len(parts) == 1:
            self.router.table.serve(domain, parts[0])
            return
        for part in parts:
            part.is_shared = True
        shared = self.shared_domains[domain] = SharedDomain(parts)
        self.router.table.serve(domain, shared)

    def _new_part(self, name: str) -> ComponentDomain:
        bounds = self.config.router.link
        return ComponentDomain(name, bounds, self._call_later, self.router, self._continuity)

    def remove_component(self, domain: str) -> None:
        """Accept it no longer, and end its stream."""
        self.router.table.drop(domain)
        self.shared_domains.pop(domain, None)
        for name in [name for name in self.components if domain_of(name) == domain]:
            self.components.pop(name).close()

    # -- another configuration ----------------------------------------------------------------------

    def reconfigure(self, config: Config) -> None:
        """Take in a configuration that was read again, but for what `process` knows to need a restart."""
        self._take_domains(config)
        self._take_login(config.router.login, require_tls=config.router.clients.require_tls)
        if config.router.contact != self.config.router.contact:
            self._take_contact(config.router.contact)
        self.stream_management.bounds = config.router.resumption
        self.guesses.use(config.router.rates)
        self.web.reconfigure(config.router.http, config.router.clients)
        for component in self.components.values():
            component.bounds = config.router.link
        if config.router.shared_groups != self.config.router.shared_groups:
            self.shared_contacts.replace(config.router.shared_groups)
        before, self.config = self.config, config
        for name, component in self.components.items():
            table = before.router.component.get(domain_of(name))
            if table is not None and table.multicast != self._may_multicast(domain_of(name)):
                component.connect_anew()  # to learn of it before it sends anything more

    def _take_domains(self, config: Config) -> None:
        """What goes first: a domain with accounts may become a component's, and the other way round."""
        before, after = self.config.router.component, config.router.component
        changed = [one for one in before.keys() & after if before[one].connections != after[one].connections]
        for domain in (*(before.keys() - after.keys()), *changed):
            self.remove_component(domain)
        for domain in set(self.domains) - set(config.domains):
            self.router.withdraw(domain)
        for domain in set(config.domains) - set(self.domains):
            self.router.serve(domain)
        self.domains[:] = config.domains
        for domain in (*(after.keys() - before.keys()), *changed):
            self.add_component(domain, after[domain].connections)

    def _take_login(self, login: Login, *, require_tls: bool) -> None:
        self._authentication.login = login
        self._authentication.require_tls = self._start_tls.required = require_tls
        self._fast.lifetime = timedelta(days=login.token_days)
        self.guests.limit = login.guests

    def _take_contact(self, contact: Contact) -> None:
        """Other addresses in service discovery, and with them other capabilities (XEP-0115)."""
        told = contact_addresses(contact)
        self.features = [told if feature.name == told.name else feature for feature in self.features]
        self._describe(self.features)

    def end_sessions(self) -> None:
        """End the sessions that cannot be resumed: the router stops (RFC 6120 §4.9.3.20)."""
        for session in self.router.sessions:
            if not self.stream_management.resumable(session):
                session.end(StreamError(StreamCondition.SYSTEM_SHUTDOWN))


class _ComponentDesk:
    """`streams.component_accept.Directory`."""

    def __init__(self, server: Server) -> None:
        bounds = server.config.router.limits
        self.router = server.router
        self.guesses = server.guesses
        self.unauthenticated = bounds.of(bounds.unauthenticated_bytes)
        # What a client may send must still pass with what a component adds to it, such as addresses.
        longest = bounds.of(bounds.component_stanza_bytes)
        added = bounds.multicast_addresses + _MARGIN
        self.authenticated = replace(longest, elements=longest.elements + added)
        self._server = server

    def component(self, domain: str) -> ComponentDomain | None:
        return self._server.components.get(domain)

    def vacancy(self, claimed: ComponentDomain) -> ComponentDomain:
        shared = self._server.shared_domains.get(claimed.domain)
        return shared.vacancy() if shared is not None else claimed

    def secret(self, domain: str) -> str:
        return self._server.config.secrets[domain]

    def serves(self, domain: str) -> bool:
        return domain in self._server.domains

    def features(self, domain: str) -> bytes:
        return self._server.multicast.offer(domain, self._server.domains[0], self.authenticated.bytes)
