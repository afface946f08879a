"""What somebody needs to know to connect a client."""

from collections.abc import Mapping
from typing import Any

from ctl.certificate import fingerprints, read_self_signed
from ctl.domain import ascii_name
from ctl.installation import configuration
from ctl.listeners import completed
from ctl.programs import ROUTER, programs
from settings import Home

CLIENTS = "Gajim, Dino, profanity (computer), Conversations (Android), Monal (iPhone)"


def how_to_connect(home: Home) -> list[str]:
    """Lines that name address, ports, rooms, certificate and clients of this installation.

    Without a router of its own it serves another's clients, and its rooms are all there is to name.
    """
    document = completed(configuration(home))
    domain = str(document["domain"])
    enabled = {program.name for program in programs(home) if program.enabled}
    rooms = _rooms(document["muc"], domain) if "muc" in enabled else []
    if ROUTER not in enabled:
        return rooms
    lines = [f"address       {jid}" for jid in document["administrators"][:1]]
    lines += [f"server        {domain}, {_ports(document['core_router']['clients'])}"]
    lines += _web_pages(document["core_router"]["http"], domain)
    lines += rooms
    lines += _certificate(home, document, domain)
    lines += [f"clients       {CLIENTS}", f"more people   stellwerk user add NAME@{domain}"]
    return lines


def _rooms(muc: Mapping[str, Any], domain: str) -> list[str]:
    service = muc["domain"] or f"conference.{domain}"
    return [f"room          {room}@{service}" for room in list(muc.get("rooms", {}))[:1]]


def _ports(clients: Mapping[str, Any]) -> str:
    starttls = f"port {clients['port']} (STARTTLS)" if clients["port"] else ""
    tls = f"port {clients['tls_port']} (TLS)" if clients["tls_port"] else ""
    return " or ".join(filter(None, (starttls, tls))) or "no port open to clients"


def _web_pages(http: Mapping[str, Any], domain: str) -> list[str]:
    if not http["port"]:
        return []
    host = domain if domain.isascii() else ascii_name(domain)
    url = http["url"].rstrip("/") or f"https://{host}:{http['port']}"
    return [f"web pages     wss{url.removeprefix('https')}/xmpp-websocket, {url}/http-bind"]


def _certificate(home: Home, document: Mapping[str, Any], domain: str) -> list[str]:
    configured = document["core_router"]["tls"]["certificate"]
    file = home.path / configured if configured else home.certificates / f"{domain}.crt"
    certificate = read_self_signed(file)
    if certificate is None:
        return []
    return [
        f"certificate   {file}",
        "              made by this server itself: when your client asks whether to trust it, compare",
        *(f"    {name:7} {shown}" for name, shown in fingerprints(certificate).items()),
    ]
