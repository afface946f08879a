"""Chromium without a screen, told what to do over its DevTools protocol."""

import asyncio
import itertools
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aiohttp

from tests.servers.requirements import require

PATIENCE = 45.0
_SWITCHES = (
    "--headless",
    "--no-sandbox",  # it has one, but not for root
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--window-size=1280,900",
    "--no-proxy-server",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",  # it talks to nobody outside
    "--remote-debugging-port=0",
)
_ADDRESS = re.compile(rb"DevTools listening on ws://(127\.0\.0\.1:[0-9]+)/")


class PageError(AssertionError):
    """What was run in the page has thrown something."""


class Browser:
    """One Chromium with one page; use `start` and `close`."""

    def __init__(self, directory: Path) -> None:
        """`directory` takes everything it writes."""
        self._program = require("chromium", "chromium")
        self._directory = directory
        self._numbers = itertools.count(1)
        self._answers: dict[int, asyncio.Future[Mapping[str, Any]]] = {}

    async def start(self, url: str) -> None:
        """Open the page of that address."""
        home = str(self._directory)
        self._process = await asyncio.create_subprocess_exec(
            self._program,
            *_SWITCHES,
            f"--user-data-dir={home}/profile",
            url,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            env={"HOME": home, "XDG_CONFIG_HOME": home, "XDG_CACHE_HOME": home, "LANG": "C.UTF-8"},
        )
        async with asyncio.timeout(PATIENCE):
            address = await self._address()
        self._chatter = asyncio.ensure_future(self._drain())
        self._http = aiohttp.ClientSession()
        async with self._http.get(f"http://{address}/json/list") as answer:
            [page] = [target for target in await answer.json() if target["type"] == "page"]
        self._devtools = await self._http.ws_connect(page["webSocketDebuggerUrl"], max_msg_size=0)
        self._reading = asyncio.ensure_future(self._read())

    async def close(self) -> None:
        """End it."""
        self._process.terminate()
        await self._process.wait()
        await asyncio.gather(self._chatter, self._reading)
        await self._http.close()

    async def runs(self, script: str) -> Any:
        """The value of a JavaScript expression; if it is a promise, what it resolves to."""
        answer = await self._asks(
            "Runtime.evaluate",
            expression=script,
            awaitPromise=True,
            returnByValue=True,
            userGesture=True,
        )
        if "exceptionDetails" in answer:
            raise PageError(f"{script}\n{answer['exceptionDetails']}")
        return answer["result"].get("value")

    async def shows(self, condition: str) -> None:
        """Wait until a JavaScript expression is true."""
        try:
            async with asyncio.timeout(PATIENCE):
                while not await self._holds(condition):  # noqa: ASYNC110 - pages do not tell
                    await asyncio.sleep(0.05)
        except TimeoutError:
            seen = await self.runs("document.body.innerText")
            raise AssertionError(f"never true: {condition}\non the page:\n{seen}") from None

    async def _holds(self, condition: str) -> bool:
        try:
            return bool(await self.runs(condition))
        except PageError as error:
            if "context was destroyed" not in str(error):
                raise
            return False  # this page was just replaced by the next one

    async def types(self, selector: str, text: str) -> None:
        """Type into the field that the selector names."""
        field = f"document.querySelector({selector!r})"
        # A window that is just opening takes the focus to itself once more.
        await self.shows(f"{field} && ({field}.focus(), document.activeElement === {field})")
        await self._asks("Input.insertText", text=text)
        if not await self.runs(f"{field}.value.includes({text!r})"):
            await self.types(selector, text)

    async def clicks(self, selector: str, containing: str = "") -> None:
        """Click what the selector names and has this text in it, once there is such a thing."""
        found = (
            f"[...document.querySelectorAll({selector!r})]"
            f".find(one => one.textContent.includes({containing!r}))"
        )
        await self.shows(f"!!{found}")
        await self.runs(f"{found}.click()")

    async def presses_enter(self) -> None:
        """Press the key where the cursor is."""
        key = {"key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13}
        await self._asks("Input.dispatchKeyEvent", type="keyDown", text="\r", **key)
        await self._asks("Input.dispatchKeyEvent", type="keyUp", **key)

    async def _asks(self, method: str, **parameters: Any) -> Mapping[str, Any]:
        number = next(self._numbers)
        answer = self._answers[number] = asyncio.get_running_loop().create_future()
        await self._devtools.send_json({"id": number, "method": method, "params": parameters})
        result: Mapping[str, Any] = await answer
        return result

    async def _read(self) -> None:
        async for message in self._devtools:
            said = message.json()
            waiting = self._answers.pop(said.get("id"), None)
            if waiting is None or waiting.done():  # who asked may have given up
                continue
            if "error" in said:
                waiting.set_exception(PageError(said["error"]["message"]))
            else:
                waiting.set_result(said["result"])
        for waiting in self._answers.values():
            waiting.set_exception(PageError("the browser is gone"))

    async def _address(self) -> str:
        assert self._process.stderr is not None
        said = []
        while line := await self._process.stderr.readline():
            if found := _ADDRESS.search(line):
                return found[1].decode()
            said.append(line.decode(errors="replace"))
        raise AssertionError(f"chromium does not start: {''.join(said)}")

    async def _drain(self) -> None:
        assert self._process.stderr is not None
        while await self._process.stderr.read(65536):
            pass
