"""Syslog: RFC 5424, the older RFC 3164, and framing over TCP (RFC 6587)."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.notifier.inputs.syslog import LONGEST, Frames, Malformed, message


class TestMessages:
    """RFC 5424 §6.5, and what real devices send."""

    def test_the_first_example(self) -> None:
        found = message(
            b"<34>1 2003-10-11T22:14:15.003Z mymachine.example.com su - ID47 - \xef\xbb\xbf'su root' failed"
        )
        assert (found.facility, found.severity, found.id) == (4, 2, "ID47")
        assert found.time == datetime(2003, 10, 11, 22, 14, 15, 3000, UTC)
        assert found.text == "'su root' failed"
        event = found.event()
        assert (event.severity, event.title) == ("critical", "mymachine.example.com su: 'su root' failed")

    def test_structured_data_with_escapes(self) -> None:
        found = message(rb'<165>1 - h evntslog - ID47 [a@1 x="\"]\\ ]" y="2"][b@2] An event')
        assert found.text == "An event"
        assert found.app == "evntslog"

    def test_nothing_but_the_header(self) -> None:
        found = message(b"<191>1 - - - - - -")
        assert (found.facility, found.severity, found.text, found.host) == (23, 7, "", "")

    @pytest.mark.parametrize(
        ("line", "host", "app", "text"),
        [
            (b"<13>Oct 11 22:14:15 gate sshd[42]: Failed password", "gate", "sshd", "Failed password"),
            (b"<13>Oct  1 22:14:15 gate kernel: oops\n", "gate", "kernel", "oops"),
            (b"<13>cron: failed", "", "cron", "failed"),
            (b"<13>something else entirely", "", "", "something else entirely"),
            (b"<13>caf\xe9", "", "", "caf\ufffd"),
        ],
    )
    def test_older_forms(self, line: bytes, host: str, app: str, text: str) -> None:
        """RFC 3164 §5.4, as far as it can be told."""
        found = message(line)
        assert (found.host, found.app, found.text) == (host, app, text)

    @pytest.mark.parametrize("line", [b"", b"hello", b"<>", b"<192>1 - - - - - -", b"<1234>x", b"<-1>x"])
    def test_no_priority(self, line: bytes) -> None:
        with pytest.raises(Malformed):
            message(line)

    @given(st.binary(max_size=200))
    def test_whatever_comes(self, content: bytes) -> None:
        """Malformed or a message; never anything else, and an event can be made of it."""
        for line in (content, b"<13>" + content, b"<13>1 " + content):
            try:
                found = message(line)
            except Malformed:
                continue
            assert found.text or found.event().title or True


class TestFrames:
    """RFC 6587 §3.4."""

    def test_counted(self) -> None:
        frames = Frames()
        assert list(frames.feed(b"5 <1>ab4 <1>")) == [b"<1>ab"]
        assert list(frames.feed(b"c")) == [b"<1>c"]

    def test_ended_by_line_feeds(self) -> None:
        assert list(Frames().feed(b"<1>ab\r\n<1>c\n\n<1>d")) == [b"<1>ab", b"<1>c"]

    @given(st.lists(st.binary(min_size=1, max_size=50), max_size=8), st.data())
    def test_cut_anywhere(self, bodies: list[bytes], data: st.DataObject) -> None:
        stream = b"".join(b"%d %s" % (len(body), body) for body in bodies)
        frames, found = Frames(), []
        while stream:
            cut = data.draw(st.integers(1, len(stream)))
            found += list(frames.feed(stream[:cut]))
            stream = stream[cut:]
        assert found == bodies

    @pytest.mark.parametrize(
        "stream", [b"x" * (LONGEST + 10), b"99999999 x", b"12x45 ", b"70000 x", b"1" * 100]
    )
    def test_no_end_in_sight(self, stream: bytes) -> None:
        with pytest.raises(Malformed):
            list(Frames().feed(stream))
