"""Converse.js, a client in a web page, as somebody uses it who has opened that page."""

import json
import os
from pathlib import Path

from aiohttp import web

from tests.clients.browser import Browser
from tests.servers.requirements import absent

# `make test` installs exactly this from npm (tests/tools.sh reads the two lines).
VERSION = "14.0.0"
SHA256 = "634f31fa0f7b0e47f1abc60d870ff6805c737577399920ebe92da4c7e5bcaff0"

_CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
_PAGE = """\
<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Converse</title>
<link rel="stylesheet" href="/dist/converse.min.css">
<script type="module" src="/dist/converse.min.js"></script></head>
<body class="converse-fullscreen"><script type="module">
converse.plugins.add("observer", {initialize() {
  window.observed = {resumed: 0, reconnected: 0};
  window.converse_api = this._converse.api;
  this._converse.api.listen.on("reconnected", () => {
    observed.reconnected++;
    if (this._converse.session.get("smacks_resumed")) observed.resumed++;
  });
}});
converse.initialize(SETTINGS);
</script></body></html>
"""


def installed() -> Path:
    """Where Converse.js is. Where it is not installed, the test is skipped."""
    found = _CACHE / "stellwerk-tests" / f"converse.js-{VERSION}" / "dist"
    if not (found / "converse.min.js").exists():
        absent(f"Converse.js {VERSION} is not installed (sh tests/tools.sh fetches it with npm)")
    return found


class Converse:
    """One page with Converse.js in one browser; use `opens` and `close`."""

    def __init__(self, directory: Path) -> None:
        """`directory` takes everything the browser writes."""
        self._distribution = installed()
        self.browser = Browser(directory)

    async def opens(self, websocket_port: int) -> None:
        """Serve the page and open it; it will connect to that port on loopback."""
        settings = {
            "view_mode": "fullscreen",
            "i18n": "en",
            "discover_connection_methods": False,
            "websocket_url": f"ws://127.0.0.1:{websocket_port}/xmpp-websocket",
            "auto_subscribe": True,
            "clear_cache_on_logout": True,
            "muc_show_logs_before_join": False,
            "smacks_max_unacked_stanzas": 1,
            "whitelisted_plugins": ["observer"],
        }
        page = _PAGE.replace("SETTINGS", json.dumps(settings))

        async def answer(_request: web.Request) -> web.Response:
            return web.Response(text=page, content_type="text/html")

        site = web.Application()
        site.router.add_get("/", answer)
        site.router.add_static("/dist/", self._distribution)
        self._server = web.AppRunner(site)
        await self._server.setup()
        listener = web.TCPSite(self._server, "127.0.0.1", 0)
        await listener.start()
        await self.browser.start(f"http://127.0.0.1:{self._server.addresses[0][1]}/")

    async def close(self) -> None:
        """Close browser and page."""
        await self.browser.close()
        await self._server.cleanup()

    async def logs_in(self, jid: str, password: str) -> None:
        """Fill in the form."""
        await self.browser.types("converse-login-form input[name=jid]", jid)
        await self.browser.types("converse-login-form input[name=password]", password)
        await self.browser.presses_enter()
        await self.browser.shows("!!window.converse_api && converse_api.connection.authenticated()")
        await self.browser.shows("!!document.querySelector('converse-user-profile')")

    async def jid(self) -> str:
        """The address of the account."""
        return str(await self.browser.runs("converse_api.user.jid()")).partition("/")[0]

    async def sees_online(self, jid: str) -> None:
        """Wait until the contact is shown as online."""
        await self.browser.shows(
            f"converse_api.contacts.get({jid!r}).then(found => found?.getStatus() === 'online')"
        )

    async def opens_chat(self, jid: str) -> None:
        """Open the window of a conversation."""
        await self.browser.runs(f"void converse_api.chats.open({jid!r}, {{}}, true)")
        await self.browser.shows("!!document.querySelector('.chat-textarea')")

    async def enters(self, room: str, nick: str) -> None:
        """Join a room, and see oneself in it."""
        await self.asks_to_enter(room, nick)
        await self.is_in(room)

    async def asks_to_enter(self, room: str, nick: str) -> None:
        """Ask to be let into a room; what comes of it is on the page."""
        await self.browser.runs(f"void converse_api.rooms.open({room!r}, {{nick: {nick!r}}}, true)")

    async def is_in(self, room: str) -> None:
        """Wait until the room has let it in."""
        await self.browser.shows(
            f"converse_api.rooms.get({room!r}).then(found => found?.session?.get('connection_status') === 5)"
        )

    async def says(self, body: str) -> None:
        """Type into the window that is open."""
        await self.browser.types(".chat-textarea:not([disabled])", body)
        await self.browser.presses_enter()

    async def sees(self, body: str) -> None:
        """Wait until this is said in the window that is open."""
        await self.browser.shows(f"({_SAID}).includes({body!r})")

    async def said(self) -> list[str]:
        """Everything said in the window that is open, in order."""
        return [str(body) for body in await self.browser.runs(_SAID)]

    async def has_resumed(self) -> None:
        """Wait until it has reconnected; it must be into the same session (XEP-0198).

        Of one session it asks that once only: after the next cut it logs in anew, on purpose.
        """
        await self.browser.shows("observed.reconnected === 1")
        assert await self.browser.runs("observed.resumed") == 1


_SAID = "[...document.querySelectorAll('.chat-msg__text')].map(one => one.textContent.trim())"
