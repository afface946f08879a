"""E-mails become alerts, and end them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.common.errors import StanzaError
from components.notifier.inputs.mail import read


def mail(subject: str, body: str = "98 % used", **headers: str) -> bytes:
    lines = ["From: Nagios <nagios@mon.example>", f"Subject: {subject}", "Message-ID: <1@mon.example>"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", body]).encode()


@pytest.mark.parametrize(
    ("wrong", "over"),
    [
        ("** PROBLEM Service Alert: db1/disk is CRITICAL **", "** RECOVERY Service Alert: db1/disk is OK **"),
        ("[FIRING:1] DiskFull", "[RESOLVED] DiskFull"),
        ("Problem: web1 down", "Resolved: web1 down"),
        ("Backup failed", "Backup ok"),
        ("ALARM: disk – warning", "Re: ALARM: disk – resolved"),
    ],
)
def test_the_same_trouble(wrong: str, over: str) -> None:
    """The words for beginning, end and severity are not part of what it is about."""
    begins, ends = read(mail(wrong)).event, read(mail(over)).event
    assert (begins.status, ends.status) == ("firing", "resolved")
    assert begins.key == ends.key


def test_what_an_event_is_made_of() -> None:
    found = read(mail("CRITICAL: disk of db1 is full", Date="Mon, 04 May 2026 14:00:00 +0200"))
    assert found.id == "<1@mon.example>"
    event = found.event
    assert (event.severity, event.title) == ("critical", "CRITICAL: disk of db1 is full")
    assert event.annotations == {"text": "98 % used"}
    assert event.labels == {"from": "nagios@mon.example"}
    assert event.started_at is not None
    assert event.started_at.isoformat() == "2026-05-04T12:00:00+00:00"


def test_encoded_subjects_and_parts() -> None:
    content = (
        b"From: a@b\r\nSubject: =?utf-8?b?w5xiZXJsYXN0?=\r\nMIME-Version: 1.0\r\n"
        b"Content-Type: multipart/alternative; boundary=x\r\n\r\n"
        b"--x\r\nContent-Type: text/html\r\n\r\n<b>no</b>\r\n"
        b"--x\r\nContent-Type: text/plain; charset=latin-1\r\n\r\ncaf\xe9\r\n--x--\r\n"
    )
    event = read(content).event
    assert event.title == "Überlast"
    assert event.annotations["text"] == "café"


@pytest.mark.parametrize("content", [b"", b"hello", b"From: a@b\r\n\r\nx", b"Subject:   \r\n\r\nx"])
def test_no_subject(content: bytes) -> None:
    with pytest.raises(ValueError, match="without a subject"):
        read(content)


@given(st.binary(max_size=300))
def test_whatever_comes(content: bytes) -> None:
    for whole in (content, b"Subject: x\r\nFrom: " + content, b"Subject: " + content + b"\r\n\r\n"):
        try:
            assert read(whole).event.title
        except (ValueError, StanzaError):
            pass
