"""Memory per idle session: logged in, roster fetched, available, and silent."""

from bench.load import Endpoint, Loop, log_in
from bench.login import Account
from bench.measure import settled_memory
from bench.servers import Server

# Before the first reading, so that what is allocated once (code, caches, pools) is not counted.
_FIRST = 100


def measure(server: Server, *, tls: bool, sessions: int) -> float:
    """Bytes that each of `sessions` sessions adds to a freshly started server."""
    context = server.certificate.client_context() if tls else None
    endpoint = Endpoint(server.tls_port if tls else server.port, context)
    accounts = [Account(f"idle{number}") for number in range(_FIRST + sessions)]
    server.add_accounts(accounts)
    loop = Loop()
    pids = server.processes()
    log_in(loop, endpoint, accounts[:_FIRST])
    before = settled_memory(pids, loop.run_for)
    log_in(loop, endpoint, accounts[_FIRST:])
    after = settled_memory(pids, loop.run_for)
    loop.close()
    return (after - before) / sessions
