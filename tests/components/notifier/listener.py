"""A program that is called back."""

from typing import Self

from aiohttp import web

from tests.servers.ports import free_ports


class Listener:
    """Listens while the context lasts, and keeps what it gets."""

    def __init__(self) -> None:
        [self.port] = free_ports(1)
        self.url = f"http://127.0.0.1:{self.port}/hook"
        self.requests: list[tuple[dict[str, str], bytes]] = []
        self.answers: list[int] = []  # statuses to come; then 204
        self.location = ""

    async def __aenter__(self) -> Self:
        application = web.Application()
        application.router.add_post("/hook", self._take)
        self._runner = web.AppRunner(application)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self._runner.cleanup()

    async def _take(self, request: web.Request) -> web.Response:
        self.requests.append((dict(request.headers), await request.read()))
        status = self.answers.pop(0) if self.answers else 204
        return web.Response(status=status, headers={"Location": self.location} if self.location else {})
