"""Outbound work: done after its commit, tried again, given up at last, never to forbidden addresses."""

import asyncio
import base64
import hashlib
import hmac
import json
import socket
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Any, Self, TypeVar

import pytest

from components.common.transaction import Transaction
from components.notifier.callbacks import Callbacks, Guard, GuardedResolver, Unsent
from components.notifier.config import MailSettings, WorkSettings
from components.notifier.mails import Mails
from components.notifier.numbers import Numbers
from components.notifier.sending import Sender
from components.notifier.work import Job, Work
from tests.components.notifier.listener import Listener
from tests.components.notifier.mailbox import Mailbox

pytestmark = pytest.mark.usefixtures("runner")

R = TypeVar("R")
LOOPBACK = ["127.0.0.0/8", "::1/128"]


class Desk:
    """Work with its sender; commits at once, and remembers what ended."""

    def __init__(self, networks: list[str] = LOOPBACK, **settings: Any) -> None:
        values = {"first_pause": 0.01, "longest_pause": 0.02, "timeout": 5.0, **settings}
        self.work = Work(WorkSettings(**values), Numbers(()), ())
        self.ended: asyncio.Queue[Job] = asyncio.Queue()
        self.work.on_end("test", lambda job, transaction: self.ended.put_nowait(job))
        self.failed = asyncio.Event()  # an attempt, of some job
        self.ways = {"callback": Callbacks(Guard(networks), "s3cret", self.work.settings.timeout)}
        self.sender = Sender(self.work, self.ways, self.perform)

    async def perform(self, work: Callable[[Transaction], R]) -> R:
        result = work(Transaction(datetime.now(UTC)))
        if any(job.attempts for job in self.work.due(datetime.max.replace(tzinfo=UTC))):
            self.failed.set()
        return result

    async def __aenter__(self) -> Self:
        await self.sender.open()
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self.sender.close()

    def call(self, url: str, key: str = "k1") -> None:
        self.work.callback(url, {"decision": "yes"}, key, Transaction(datetime.now(UTC)), "test")

    async def end(self) -> Job:
        async with asyncio.timeout(20):
            return await self.ended.get()


async def test_a_callback_is_signed() -> None:
    """Standard Webhooks: id, timestamp, HMAC-SHA256 over both and the body."""
    async with Listener() as listener, Desk() as desk:
        desk.call(listener.url)
        assert (await desk.end()).error == ""
        [(headers, body)] = listener.requests
        assert json.loads(body) == {"decision": "yes"}
        signed = f"k1.{headers['webhook-timestamp']}.{body.decode()}".encode()
        digest = hmac.new(b"s3cret", signed, hashlib.sha256).digest()
        assert headers["webhook-signature"] == f"v1,{base64.b64encode(digest).decode()}"
        assert desk.work.waiting() == 0


async def test_what_fails_is_tried_again_with_the_same_key() -> None:
    async with Listener() as listener, Desk() as desk:
        listener.answers = [500, 503, 429]
        desk.call(listener.url)
        assert (await desk.end()).error == ""
        assert [headers["webhook-id"] for headers, _ in listener.requests] == ["k1"] * 4


async def test_what_never_succeeds_is_a_dead_letter() -> None:
    """It is kept, and can be sent again."""
    async with Listener() as listener, Desk(attempts=3) as desk:
        listener.answers = [500] * 3
        desk.call(listener.url)
        assert (await desk.end()).error == "answered with status 500"
        [dead] = desk.work.dead()
        desk.work.retry(dead.number, Transaction(datetime.now(UTC)))
        assert (await desk.end()).error == ""
        assert (len(listener.requests), desk.work.dead()) == (4, [])


async def test_gone_is_for_ever() -> None:
    """Status 410: it wants no more."""
    async with Listener() as listener, Desk() as desk:
        listener.answers = [410]
        desk.call(listener.url)
        assert (await desk.end()).error == "answered with status 410"
        assert len(listener.requests) == 1


async def test_redirects_are_not_followed() -> None:
    """They would lead past the guard."""
    async with Listener() as listener, Desk(attempts=1) as desk:
        listener.answers, listener.location = [307], "http://169.254.169.254/"
        desk.call(listener.url)
        assert (await desk.end()).error == "answered with status 307"


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:9/", "http://localhost:9/", "http://[::1]:9/", "http://2130706433:9/", "http://0:9/",
        "http://0x7f.1:9/", "http://[::ffff:127.0.0.1]:9/", "http://169.254.169.254/latest", "http://10.0.0.1/",
        "http://[fe80::1]/", "http://[64:ff9b::7f00:1]/", "http://224.0.0.1/", "ftp://example.org/", "file:///etc/passwd",
        "http:///x", "gopher://127.0.0.1/",
    ],
)  # fmt: skip
async def test_forbidden_addresses_are_never_called(url: str) -> None:
    """However they are written; dead at once, for the operator to see."""
    async with Desk(networks=[]) as desk:
        desk.call(url)
        job = await desk.end()
        assert "may not be called" in job.error or "no http or https URL" in job.error
        assert job.due is None


async def test_a_name_with_one_forbidden_address_is_not_called(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the next attempt at connecting would go there; and the name is not resolved a second time."""
    resolver = GuardedResolver(Guard([]))

    async def addresses(*arguments: object, **more: object) -> list[Any]:
        kind = (socket.AF_INET, socket.SOCK_STREAM, 6, "")
        return [(*kind, ("93.184.216.34", 80)), (*kind, ("127.0.0.1", 80))]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", addresses)
    with pytest.raises(Unsent, match=r"127\.0\.0\.1 may not be called"):
        await resolver.resolve("rebinding.example", 80)


def test_what_the_guard_permits() -> None:
    """Public addresses, and networks of the configuration."""
    guard = Guard(["10.1.0.0/16"])
    permitted = ["93.184.216.34", "2606:2800:220:1::1", "10.1.2.3"]
    assert all(guard.permits(ip_address(address)) for address in permitted)
    assert guard.permits(ip_address("::ffff:10.1.2.3"))
    forbidden = [
        *("10.2.0.1", "192.168.1.1", "100.64.0.1", "0.0.0.0", "255.255.255.255", "192.0.2.1"),
        *("fd00::1", "::", "ff02::1", "::ffff:10.2.0.1", "::ffff:169.254.169.254"),
        "2002:7f00:1::1",  # RFC 3056: 127.0.0.1 by 6to4
        "2001:0:7f00:1::",  # RFC 4380: Teredo
    ]
    assert [address for address in forbidden if guard.permits(ip_address(address))] == []


async def test_one_that_hangs_does_not_hold_up_others() -> None:
    """A destination has a few attempts at a time, not all of them."""
    hanging = await asyncio.start_server(lambda reader, writer: reader.read(), "127.0.0.1", 0)
    port = hanging.sockets[0].getsockname()[1]
    async with Listener() as listener, Desk() as desk:
        for number in range(40):
            desk.call(f"http://127.0.0.1:{port}/", f"hangs{number}")
        desk.call(listener.url, "quick")
        assert (await desk.end()).key == "quick"
    hanging.close()


async def test_what_the_last_process_has_left_is_done_first() -> None:
    """A job that is there at the start."""
    async with Listener() as listener:
        desk = Desk()
        desk.call(listener.url)
        async with desk:
            assert (await desk.end()).error == ""


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with Mailbox() as opened:
        yield opened


def mailing(mailbox: Mailbox, **settings: Any) -> Desk:
    desk = Desk(**settings)
    mail = MailSettings(host="127.0.0.1", port=mailbox.port, security="none")
    desk.ways["mail"] = Mails(mail, "", "alerts.example", 5.0)  # type: ignore[assignment]
    return desk


def write(desk: Desk, key: str = "m1") -> None:
    now = Transaction(datetime.now(UTC))
    desk.work.mail("ann@mail.example", "Disk füll\nBcc: all@mail.example", "Größe: 0\n", key, now, "test")


async def test_an_e_mail(mailbox: Mailbox) -> None:
    """RFC 5322, with an id that is the same each time; nothing in a subject becomes a header."""
    async with mailing(mailbox) as desk:
        write(desk)
        assert (await desk.end()).error == ""
        write(desk)
        assert (await desk.end()).error == ""
    mail = mailbox.mails[0]
    assert (mail["To"], mail["From"], mail["Bcc"]) == ("ann@mail.example", "notifier@alerts.example", None)
    assert mail["Auto-Submitted"] == "auto-generated"
    payload = mail.get_payload(decode=True)
    assert isinstance(payload, bytes)
    assert payload.decode().splitlines() == ["Größe: 0"]
    assert list(mailbox.received.values()) == [2]


async def test_a_dead_mail_server(mailbox: Mailbox) -> None:
    """What is to be sent waits, and is sent when it is back."""
    mailbox.close()
    async with mailing(mailbox, attempts=10000) as desk:
        write(desk)
        async with asyncio.timeout(20):
            await desk.failed.wait()
        mailbox.open()
        assert (await desk.end()).error == ""
    assert len(mailbox.mails) == 1


async def test_a_mail_server_that_refuses(mailbox: Mailbox) -> None:
    """Its words are with the dead letter."""
    mailbox.refuse = "554 5.7.1 we do not like you"
    async with mailing(mailbox, attempts=2) as desk:
        write(desk)
        assert "554 5.7.1 we do not like you" in (await desk.end()).error


async def test_no_mail_server_at_all() -> None:
    """The configuration has none: the log and the dead letter say which key."""
    desk = Desk()
    desk.ways["mail"] = Mails(MailSettings(), "", "alerts.example", 5.0)  # type: ignore[assignment]
    async with desk:
        write(desk)
        assert "set `host` in [notifier.mail]" in (await desk.end()).error
