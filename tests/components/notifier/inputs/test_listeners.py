"""Syslog and e-mail over real sockets, to a notifier in memory."""

import asyncio
import socket
import ssl
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiosmtplib
import pytest

from components.common.entrance import NotCommitted
from components.common.transaction import Transaction
from components.notifier.inputs.config import MailInputSettings, SyslogSettings
from components.notifier.inputs.mail import Mail
from components.notifier.inputs.mail_listener import MailListener
from components.notifier.inputs.syslog import Message
from components.notifier.inputs.syslog_listener import SyslogListener
from ctl.certificate import self_signed
from tests.components.notifier.office import NOON

pytestmark = pytest.mark.usefixtures("runner")


def free_port(kind: int = socket.SOCK_STREAM) -> int:
    with closing(socket.socket(socket.AF_INET, kind)) as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


class Store:
    """Performs at once; `heard` is what the listeners have handed over."""

    def __init__(self) -> None:
        self.heard: asyncio.Queue[Any] = asyncio.Queue()
        self.is_broken = False

    async def perform(self, work: Callable[[Transaction], Any]) -> Any:
        if self.is_broken:
            raise NotCommitted
        return work(Transaction(NOON))

    def take_message(self, message: Message, transaction: Transaction) -> None:
        self.heard.put_nowait(message.text)

    def take_mail(self, mail: Mail, recipients: list[str], transaction: Transaction) -> None:
        self.heard.put_nowait((mail.event.title, recipients))


async def test_syslog_over_udp() -> None:
    store, port = Store(), free_port(socket.SOCK_DGRAM)
    listener = SyslogListener(SyslogSettings(udp_port=port), Path(), store.take_message, store.perform)
    await listener.open()
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as sender:
        for datagram in (b"garbage", b"<14>app: only information", b"<11>app: wrong"):
            sender.sendto(datagram, ("127.0.0.1", port))
    assert await store.heard.get() == "wrong"
    await listener.close()
    assert store.heard.empty()


async def test_syslog_over_tcp() -> None:
    """What is no syslog ends its connection and no other."""
    store, port = Store(), free_port()
    listener = SyslogListener(SyslogSettings(tcp_port=port), Path(), store.take_message, store.perform)
    await listener.open()
    good = await asyncio.open_connection("127.0.0.1", port)
    bad = await asyncio.open_connection("127.0.0.1", port)
    bad[1].write(b"9" * 100)
    assert await bad[0].read() == b""
    good[1].write(b"11 <11>app: on<11>app: two\n")
    assert [await store.heard.get(), await store.heard.get()] == ["on", "two"]
    for _, writer in (good, bad):
        writer.close()
    await listener.close()


async def test_only_so_many_connections() -> None:
    store, port = Store(), free_port()
    settings = SyslogSettings(tcp_port=port, connections=1)
    listener = SyslogListener(settings, Path(), store.take_message, store.perform)
    await listener.open()
    first = await asyncio.open_connection("127.0.0.1", port)
    first[1].write(b"<11>app: one\n")
    assert await store.heard.get() == "one"
    second = await asyncio.open_connection("127.0.0.1", port)
    assert await second[0].read() == b""
    for _, writer in (first, second):
        writer.close()
    await listener.close()


async def test_syslog_over_tls(tmp_path: Path) -> None:
    """RFC 5425."""
    for name, content in zip(("crt", "key"), self_signed("localhost", [], datetime.now(UTC)), strict=True):
        (tmp_path / name).write_bytes(content)
    store, port = Store(), free_port()
    settings = SyslogSettings(tls_port=port, certificate="crt", key="key")
    listener = SyslogListener(settings, tmp_path, store.take_message, store.perform)
    await listener.open()
    context = ssl.create_default_context(cafile=str(tmp_path / "crt"))
    _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context, server_hostname="localhost")
    writer.write(b"12 <11>app: tls")
    assert await store.heard.get() == "tls"
    writer.close()
    await listener.close()


class TestMail:
    """SMTP."""

    @pytest.fixture
    def store(self) -> Store:
        return Store()

    async def begin(self, store: Store, **settings: Any) -> tuple[MailListener, aiosmtplib.SMTP]:
        port = free_port()
        made = MailListener(
            MailInputSettings(port=port, **settings), "alerts.example", store.take_mail, store.perform
        )
        await made.open()
        client = aiosmtplib.SMTP(hostname="127.0.0.1", port=port, start_tls=False)
        await client.connect()
        return made, client

    async def test_an_e_mail(self, store: Store) -> None:
        listener, client = await self.begin(store)
        await client.sendmail("mon@example", ["Ops@alerts.example"], "Subject: disk full\r\n\r\nx")
        assert await store.heard.get() == ("disk full", ["ops"])
        await client.quit()
        await listener.close()

    async def test_refusals(self, store: Store) -> None:
        listener, client = await self.begin(store, recipients={"ops": ["ann"]}, bytes=2000)
        with pytest.raises(aiosmtplib.SMTPRecipientsRefused):
            await client.sendmail("mon@example", ["nobody@alerts.example"], "Subject: x\r\n\r\nx")
        for content, code in ((f"Subject: x\r\n\r\n{'x' * 3000}", 552), ("no subject", 554)):
            with pytest.raises(aiosmtplib.SMTPResponseException) as refused:
                await client.sendmail("mon@example", ["ops@alerts.example"], content)
            assert refused.value.code == code
        assert store.heard.empty()
        await client.quit()
        await listener.close()

    async def test_a_store_that_has_failed(self, store: Store) -> None:
        """The sender keeps it, and tries again."""
        listener, client = await self.begin(store)
        store.is_broken = True
        with pytest.raises(aiosmtplib.SMTPDataError) as refused:
            await client.sendmail("mon@example", ["ops@alerts.example"], "Subject: x\r\n\r\nx")
        assert refused.value.code == 451
        await client.quit()
        await listener.close()
