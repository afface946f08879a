"""The servers that can be measured, behind one interface (`server.Server`)."""

from bench.servers.ejabberd import Ejabberd
from bench.servers.prosody import Prosody
from bench.servers.server import Server, ServerError
from bench.servers.stellwerk import Stellwerk

SERVERS: dict[str, type[Server]] = {server.name: server for server in (Stellwerk, Prosody, Ejabberd)}

__all__ = ["SERVERS", "Server", "ServerError"]
