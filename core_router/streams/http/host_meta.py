"""XEP-0156: how clients that cannot ask the DNS find WebSocket and BOSH, as XML and as JSON (RFC 6415)."""

import json
from collections.abc import Sequence
from typing import Final

import idna

from core_router.feature import Feature
from core_router.streams.http.exchange import Answer, Exchange, Request, Response
from core_router.xmpp.jid import InvalidJid, prepare_domain
from core_router.xmpp.text import escape

PATHS: Final = ("/.well-known/host-meta", "/.well-known/host-meta.json")
_XRD = "http://docs.oasis-open.org/ns/xri/xrd-1.0"
_WEBSOCKET, _BOSH = "urn:xmpp:alt-connections:websocket", "urn:xmpp:alt-connections:xbosh"
# §4: every page may read these, and these alone.
_FOR_ALL_PAGES = (("Access-Control-Allow-Origin", "*"),)

HOST_META = Feature(name="discovery of connection methods", standards=("XEP-0156",))


class Location:
    """Where clients reach the server: at the URL that is configured, or else at their domain's port."""

    def __init__(self, url: str, domains: Sequence[str], port: int) -> None:
        self._url = url.rstrip("/")
        self._domains = domains
        self._port = port

    def url(self, host: str = "") -> str:
        """The beginning of URLs, without a slash at its end; `host` is whom a request was addressed to."""
        return self._url or f"https://{_ascii(self._domain(host))}:{self._port}"

    def _domain(self, host: str) -> str:
        name = host.rpartition(":")[0] if host.rpartition(":")[2].isdecimal() else host
        try:
            domain = prepare_domain(name)
        except InvalidJid:
            domain = ""
        return domain if domain in self._domains else self._domains[0]


class HostMeta:
    """Both documents."""

    methods = ("GET", "HEAD")
    for_everybody = True

    def __init__(self, location: Location, websocket: str, bosh: str) -> None:
        self._location = location
        self._paths = {_WEBSOCKET: websocket, _BOSH: bosh}

    def responder(self, request: Request, exchange: Exchange) -> Answer:
        url = self._location.url(request.headers.get("host", ""))
        links = {relation: url + path for relation, path in self._paths.items()}
        links[_WEBSOCKET] = f"wss{links[_WEBSOCKET].removeprefix('https')}"
        if request.path == PATHS[1]:
            content, content_type = _jrd(links), "application/json"
        else:
            content, content_type = _xrd(links), "application/xrd+xml; charset=utf-8"
        return Answer(exchange, Response(200, content.encode(), content_type, _FOR_ALL_PAGES))


def _ascii(domain: str) -> str:
    return domain if domain.isascii() else idna.encode(domain).decode()


def _xrd(links: dict[str, str]) -> str:
    listed = "".join(f"\n  <Link rel='{rel}' href='{escape(href)}'/>" for rel, href in links.items())
    return f"<?xml version='1.0' encoding='utf-8'?>\n<XRD xmlns='{_XRD}'>{listed}\n</XRD>\n"


def _jrd(links: dict[str, str]) -> str:
    return json.dumps({"links": [{"rel": rel, "href": href} for rel, href in links.items()]}, indent=2) + "\n"
