"""A small process that keeps to the contract of docs/ARCHITECTURE.md, for tests of the command alone.

What it does stands in its table of the configuration: `refuse` a text `--check` complains with,
`crash` the exit status it ends with at once, `mute` true to have no control socket, `link` what it
says of its link, `addresses` and `port` what it listens on. Accounts are kept in state/accounts.json.
"""

import json
import os
import signal
import socket
import sys
import threading
import time
import tomllib
from pathlib import Path

BEGAN = time.monotonic()


def main() -> None:
    name, _, configuration, *flags = sys.argv[1:]
    home = Path(configuration).parent
    table = tomllib.loads(Path(configuration).read_text()).get(name, {})
    if "refuse" in table:
        print(f"{configuration}: {name}.refuse: {table['refuse']}")
        sys.exit(2)
    if "--check" in flags:
        sys.exit(0)
    if "--offline" in flags:
        print(json.dumps(answer(name, home, table, json.loads(sys.stdin.readline()))))
        return
    print(f"{name} starts", flush=True)
    if "crash" in table:
        print(f"{name} cannot go on", flush=True)
        sys.exit(table["crash"])
    serve(name, home, table)


def serve(name: str, home: Path, table: dict) -> None:
    over = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: over.set())
    listening = [socket.create_server((address, table["port"])) for address in table.get("addresses", [])]
    control = home / "run" / f"{name}.sock"
    control.unlink(missing_ok=True)
    if not table.get("mute"):
        server = socket.socket(socket.AF_UNIX)
        server.bind(str(control))
        server.listen()
        threading.Thread(target=accept, args=(server, name, home, table, over), daemon=True).start()
    over.wait()
    for port in listening:
        port.close()
    control.unlink(missing_ok=True)
    print(f"{name} ends", flush=True)


def accept(server: socket.socket, name: str, home: Path, table: dict, over: threading.Event) -> None:
    while True:
        connection, _ = server.accept()
        with connection, connection.makefile("rwb") as lines:
            for line in lines:
                request = json.loads(line)
                lines.write(json.dumps(answer(name, home, table, request)).encode() + b"\n")
                lines.flush()
                if request["command"] == "stop":
                    over.set()


def answer(name: str, home: Path, table: dict, request: dict) -> dict:
    command = request["command"]
    if command == "health":
        return {"ok": True, "result": health(name, table)}
    if command == "reload":
        return reload(name, home)
    if command.startswith("user-"):
        return user(command, home, request)
    return {"ok": True, "result": {}}


def health(name: str, table: dict) -> dict:
    return {
        "name": name,
        "pid": os.getpid(),
        "state": "ready",
        "uptime": time.monotonic() - BEGAN,
        "memory": 12 * 1024 * 1024,
        "version": "0",
        "link": table.get("link", "up" if name != "core_router" else {}),
    }


def reload(name: str, home: Path) -> dict:
    table = tomllib.loads((home / "stellwerk.toml").read_text()).get(name, {})
    if "refuse" in table:
        return {"ok": False, "error": f"{name}.refuse: {table['refuse']}"}
    return {"ok": True, "result": {"applied": ["log_level"], "restart_needed": ["core_router.clients.port"]}}


def user(command: str, home: Path, request: dict) -> dict:
    file = home / "state" / "accounts.json"
    accounts = json.loads(file.read_text()) if file.exists() else {}
    jid = request.get("jid")
    if command == "user-list":
        mark = home / "state" / "disabled"
        disabled = mark.read_text() if mark.exists() else ""
        users = [
            {"jid": one, "created": "2026-01-01T00:00:00Z", "disabled": one == disabled, "sessions": 0}
            for one in accounts
        ]
        return {"ok": True, "result": {"users": users}}
    if command == "user-add" and jid in accounts:
        return {"ok": False, "error": f"{jid} exists already"}
    if command != "user-add" and jid not in accounts:
        return {"ok": False, "error": f"{jid}: no such account"}
    if command == "user-remove":
        del accounts[jid]
    elif command in ("user-disable", "user-enable"):
        (home / "state" / "disabled").write_text(jid if command == "user-disable" else "")
    else:
        accounts[jid] = request["password"]
    file.write_text(json.dumps(accounts))
    return {"ok": True, "result": {"jid": jid}}


if __name__ == "__main__":
    main()
