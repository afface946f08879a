"""The entrances of the fuzzer, with its corpus and with what hypothesis puts together from its words."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core_router.envelope import Envelope, Kind, open_envelope
from core_router.streams.client import ClientStream
from core_router.xmpp.jid import JID
from tests.fuzz.entrances import ENTRANCES, PIECES, BrokenInvariant, client, framing, watched

HERE = Path(__file__).parent
CORPUS = sorted(file for file in (HERE / "corpus").glob("*/*") if file.is_file())
WORDS = [
    ast.literal_eval(f"b{line}")
    for line in (HERE / "words.txt").read_text(encoding="ascii").splitlines()
    if re.match('"', line)
]

# Whole words mostly, now and then bytes between them.
inputs = st.lists(st.sampled_from([*WORDS, PIECES]) | st.binary(max_size=3), max_size=12).map(b"".join)


@pytest.fixture(autouse=True)
def watching() -> Iterator[None]:
    with watched():
        yield


@pytest.mark.parametrize("file", CORPUS, ids=[f"{file.parent.name}-{file.name}" for file in CORPUS])
def test_what_has_been_found(file: Path) -> None:
    ENTRANCES[file.parent.name](file.read_bytes())


@pytest.mark.parametrize("entrance", ENTRANCES)
@settings(max_examples=50, deadline=None, database=None, print_blob=True)
@given(data=inputs)
def test_what_is_put_together(entrance: str, data: bytes) -> None:
    ENTRANCES[entrance](data)


def test_every_entrance_has_a_corpus() -> None:
    assert {file.parent.name for file in CORPUS} == set(ENTRANCES)


def test_a_broken_invariant_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lest all of this look at nothing: a parser, and a session, with the faults that are looked for."""
    element = b"<message to='bob@localhost/b'><body>Hi</body></message>"
    with monkeypatch.context() as broken:
        broken.setattr("core_router.framing.parser.StreamParser._borrows_prefix", lambda *_: False)
        with pytest.raises(BrokenInvariant):
            framing(b"<message xmlns:p='urn:p'><p:x/></message>")
    with monkeypatch.context() as broken:
        broken.setattr(ClientStream, "_check_from", lambda *_: None)
        broken.setattr("core_router.streams.client.open_envelope", _as_the_client_says)
        client(element.replace(b" to=", b" from='alice@localhost/a' to="))
        with pytest.raises(BrokenInvariant, match="forged"):
            client(element.replace(b" to=", b" from='carol@localhost' to="))


def _as_the_client_says(
    kind: Kind,
    attributes: dict[str, str],
    content: bytes,
    children: tuple[str, ...],
    sender: JID | None = None,
    lang: str = "",
) -> Envelope:
    return open_envelope(kind, attributes, content, children, None if "from" in attributes else sender, lang)
