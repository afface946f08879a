"""All there is on the HTTP port, put together."""

from typing import Final

from core_router.config import Clients, Http
from core_router.streams.client import Desk
from core_router.streams.connection import Connection
from core_router.streams.http import bosh, host_meta, websocket
from core_router.streams.http.access import Access
from core_router.streams.http.bosh import Bosh
from core_router.streams.http.bosh_session import Surroundings
from core_router.streams.http.host_meta import HostMeta, Location
from core_router.streams.http.server import HttpStream
from core_router.streams.http.site import Resource, Site
from core_router.streams.http.websocket import WebSocket

FEATURES: Final = (websocket.WEBSOCKET, bosh.BOSH, host_meta.HOST_META)


class Web:
    """WebSocket, BOSH and host-meta by the rules of `[core_router.http]` and `[core_router.clients]`."""

    def __init__(self, desk: Desk, http: Http, clients: Clients, around: Surroundings) -> None:
        access = Access(http.trusted_proxies, http.origins)
        location = Location(http.url, desk.domains, http.port)
        self.bosh = Bosh(
            desk,
            access,
            around,
            require_tls=clients.require_tls,
            login_timeout=clients.login_timeout,
            url=location.url() + bosh.PATHS[0],
        )
        self._websocket = WebSocket(desk, require_tls=clients.require_tls)
        discovery = HostMeta(location, websocket.PATHS[0], bosh.PATHS[0])
        resources: dict[str, Resource] = {
            **dict.fromkeys(websocket.PATHS, self._websocket),
            **dict.fromkeys(bosh.PATHS, self.bosh),
            **dict.fromkeys(host_meta.PATHS, discovery),
        }
        self._site = Site(resources, access, around.now)

    def stream(self, connection: Connection) -> HttpStream:
        """What a new connection carries."""
        return HttpStream(connection, self._site)

    def reconfigure(self, http: Http, clients: Clients) -> None:
        """Take in who may connect, whether without TLS, and how long a login may take."""
        self._site.access = self.bosh.access = Access(http.trusted_proxies, http.origins)
        self.bosh.login_timeout = clients.login_timeout
        self.bosh.require_tls = self._websocket.require_tls = clients.require_tls
