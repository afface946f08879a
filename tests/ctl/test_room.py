"""`room`, with the real room service; and what is said when it is not there."""

import json
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ctl.conftest import Operator
from tests.servers.stellwerk import CommandFailed, Stellwerk
from tests.waiting import until

TEA = "tea@conference.localhost"


@pytest.fixture(scope="module")
def stellwerk() -> Iterator[Stellwerk]:
    directory = Path(tempfile.mkdtemp(prefix="stw-"))
    made = Stellwerk(directory / "home")
    made.start()
    try:
        yield made
    finally:
        made.stop()
        shutil.rmtree(directory)


@pytest.fixture
def tea(stellwerk: Stellwerk) -> Iterator[Stellwerk]:
    """There is a room."""
    assert stellwerk.command("room", "create", "tea", "roomname=Tea") == f"{TEA} is made.\n"
    yield stellwerk
    if TEA in stellwerk.command("room", "list"):
        stellwerk.command("room", "destroy", "tea", "--yes")


def shown(stellwerk: Stellwerk) -> dict[str, object]:
    return dict(json.loads(stellwerk.command("room", "show", "tea", "--json")))


def test_rooms_are_listed_by_words_for_people_and_scripts(tea: Stellwerk) -> None:
    everything = tea.command("room", "list")
    assert "help@conference.localhost" in everything
    assert "help@conference.localhost" not in tea.command("room", "list", "tea")
    [room] = json.loads(tea.command("room", "list", "tea", "--json"))["rooms"]
    assert room == {"room": TEA, "name": "Tea", "occupants": 0, "traits": ["persistent", "public"]}


def test_settings_are_shown_and_changed(tea: Stellwerk) -> None:
    said = tea.command("room", "set", "tea", "membersonly=yes", "maxusers=5", "roomname=")
    assert said == f"{TEA}: roomname, membersonly, maxusers changed.\n"
    after = shown(tea)
    assert (after["roomname"], after["membersonly"], after["maxusers"]) == ("", True, 5)
    lines = [line.split() for line in tea.command("room", "show", "tea").splitlines()]
    assert ["membersonly", "yes"] in lines
    assert ["roomowners", "admin@localhost"] in lines


def test_affiliations_are_changed_and_listed(tea: Stellwerk) -> None:
    said = tea.command("room", "affiliation", "tea", "bob@localhost", "member", "--nick", "bobby")
    assert said == f"bob@localhost has the affiliation member with {TEA}.\n"
    listed = json.loads(tea.command("room", "affiliation", "tea", "--json"))["affiliations"]
    assert {"jid": "bob@localhost", "affiliation": "member", "nick": "bobby"} in listed
    assert "bobby" in tea.command("room", "affiliation", "tea")


def test_occupants(tea: Stellwerk) -> None:
    assert json.loads(tea.command("room", "occupants", "tea", "--json")) == {"occupants": []}
    assert tea.command("room", "occupants", "tea").split()[0] == "NICKNAME"


def test_a_destroyed_room_is_gone(tea: Stellwerk) -> None:
    assert tea.command("room", "destroy", "tea", "--yes") == f"{TEA} is destroyed.\n"
    assert TEA not in tea.command("room", "list")


def test_rooms_are_taken_to_a_file_and_back(tea: Stellwerk, tmp_path: Path) -> None:
    """Also while the service is stopped; the file is for its owner alone; a broken one changes nothing."""
    file = tmp_path / "rooms.xml"
    tea.command("room", "set", "tea", "roomname=Täa")
    tea.command("stop", "muc")
    try:
        tea.command("room", "export", "tea", "--archive", "-o", str(file))
    finally:
        tea.command("start", "muc")
    assert file.stat().st_mode & 0o077 == 0
    assert tea.command("room", "export", "tea", "--archive") == file.read_text(encoding="utf-8")
    tea.command("room", "destroy", "tea", "--yes")
    assert tea.command("room", "import", str(file)) == f"1 room is imported: {TEA}\n"
    assert shown(tea)["roomname"] == "Täa"

    with pytest.raises(CommandFailed, match=f"{file}:4: {TEA} exists already"):
        tea.command("room", "import", str(file))
    with pytest.raises(CommandFailed, match="exists already; nothing was written"):
        tea.command("room", "export", "tea", "-o", str(file))
    with pytest.raises(CommandFailed, match="there is no such room: nowhere"):
        tea.command("room", "export", "nowhere")


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("show", "tee"), "tee@conference.localhost: there is no such room; did you mean tea?"),
        (("set", "tea", "membrsonly=no"), "membrsonly: not known here; did you mean membersonly?"),
        (("set", "tea", "membersonly=maybe"), "membersonly: expected true or false"),
        (("create", "tea"), f"{TEA} exists already"),
        (("destroy", "help", "--yes"), "stands in the configuration file"),
        (("affiliation", "tea", "admin@localhost", "none"), "owner"),
    ],
)
def test_what_the_service_refuses_is_passed_on(
    tea: Stellwerk, words: tuple[str, ...], complaint: str
) -> None:
    before = shown(tea)
    with pytest.raises(CommandFailed) as refused:
        tea.command("room", *words)
    _, line = str(refused.value).strip().splitlines()
    assert line.startswith("stellwerk: ")
    assert complaint in line
    assert shown(tea) == before


def test_the_command_line_says_what_is_wrong_with_it(operator: Operator) -> None:
    assert "expected KEY=VALUE" in operator.fails("room", "set", "tea", "membersonly", status=2)
    assert "is no setting" in operator.fails("room", "set", "tea", "command=stop", status=2)
    assert "Which affiliation?" in operator.fails("room", "affiliation", "tea", "bob@localhost", status=2)


def test_a_service_that_is_not_there(operator: Operator) -> None:
    """What it is, and how to make it run."""
    assert "muc is not running: `stellwerk start muc` starts it" in operator.fails("room", "list")
    operator.succeeds("disable", "muc")
    assert "muc is disabled: `stellwerk enable muc` makes it run" in operator.fails("room", "list")
    operator.succeeds("enable", "muc")
    operator.succeeds("up", "--detach")
    (operator.home / "run" / "muc.sock").unlink()
    until(lambda: operator.services()["muc"]["state"] == "silent")
    assert "muc does not answer" in operator.fails("room", "list")
