"""XEP-0227: rooms to a file and back, into another service, with all that belongs to them."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL

from components.common.control import CommandError
from components.common.transaction import Transaction
from components.muc import component, portable, portable_import, storage
from components.muc.ids import Ids
from settings.engines import engine, migrate
from tests.components.muc.conference import DOMAIN, ENTER, ROOM, USER, Conference, Person

VCARD = "<vCard xmlns='vcard-temp'><PHOTO><TYPE>image/png</TYPE><BINVAL>aGVsbG8=</BINVAL></PHOTO></vCard>"


def exported(conference: Conference, *rooms: str, archive: bool = True) -> str:
    """What the writer makes of the committed rows."""
    with conference.store.connect() as connection:
        stored = storage.load(connection)
        restored = list(component.restore(DOMAIN, stored, Ids(stored.secret or b"")))
        wanted = portable.chosen(restored, rooms, DOMAIN)
        return "".join(portable.document(DOMAIN, wanted, component.FEATURES, connection, archive))


def imports(conference: Conference, path: Path, **arguments: Any) -> dict[str, Any]:
    """What the control socket answers."""

    async def perform(work: Any) -> Any:
        transaction = Transaction(conference.now)
        try:
            result = work(transaction)
        except BaseException:
            transaction.roll_back()
            raise
        conference.commit(transaction)
        return result

    command = portable_import.command(conference.service, perform)

    async def run() -> dict[str, Any]:
        return dict(await command({"path": str(path), **arguments}))

    return asyncio.run(run())


def refuses(conference: Conference, path: Path, complaint: str, **arguments: Any) -> None:
    """The import fails with that text, and changes nothing."""
    before = dict(conference.rows)
    with pytest.raises(CommandError) as refused:
        imports(conference, path, **arguments)
    assert complaint in str(refused.value)
    assert conference.rows == before


@pytest.fixture
def lively(conference: Conference, alice: Person, bob: Person) -> Conference:
    """A room with a bit of everything."""
    alice.configures(roomname="Tea &amp; &lt;biscuits&gt;", persistentroom="1", passwordprotectedroom="1",
                     roomsecret="crumpet", maxhistoryfetch="2")  # fmt: skip
    alice.administers("<item affiliation='member' jid='dora@example' nick='dd'/>")
    alice.administers("<item affiliation='outcast' jid='else.example'/>")
    alice.sends(f"<message type='groupchat' to='{ROOM}'><subject>Milk or lemon?</subject></message>")
    alice.sends(f"<iq type='set' id='v' to='{ROOM}'>{VCARD}</iq>")
    for words in ("one", "two &lt; three", "<b xmlns='urn:x'>four</b>"):
        conference.later(seconds=1)
        bob.says(words)
    return conference


@pytest.fixture
def file(lively: Conference, tmp_path: Path) -> Path:
    path = tmp_path / "rooms.xml"
    path.write_text(exported(lively), encoding="utf-8")
    return path


def test_a_room_is_the_same_elsewhere(lively: Conference, file: Path) -> None:
    """Configuration, lists with nicknames, subject, avatar."""
    other = Conference()
    told = imports(other, file)
    assert told == {
        "rooms": [ROOM],
        "notes": [{"type": "info", "text": f"1 room is imported: {ROOM}"}],
    }
    other.restart()
    old, new = lively.service.rooms["tea"], other.service.rooms["tea"]
    assert not old.config.differences(new.config)
    assert new.affiliations == old.affiliations
    assert new.subject is not None
    assert old.subject is not None
    assert (new.subject.text, new.subject.nick, new.subject.at) == (
        old.subject.text,
        old.subject.nick,
        old.subject.at,
    )
    assert new.avatar == old.avatar
    assert not new.locked
    assert not new.occupants
    assert exported(other, archive=False) == exported(lively, archive=False)


def test_what_was_said_is_the_same_elsewhere(lively: Conference, file: Path) -> None:
    """The archive with times and senders, ids made anew; its end is the history."""
    other = Conference()
    imports(other, file)

    def rows(conference: Conference) -> list[Any]:
        with conference.store.connect() as connection:
            return list(connection.execute(storage.archive.select().order_by(storage.archive.c.number)))

    old, new = rows(lively), rows(other)
    assert len(new) == len(old) == 4
    for before, after in zip(old, new, strict=True):
        assert (before.number, before.nick, before.jid, before.attributes) == (
            after.number,
            after.nick,
            after.jid,
            after.attributes,
        )
        assert before.content != after.content
    dora = other.person("dora@example/x")
    dora.enters("dd", x=ENTER.replace("/>", "><password>crumpet</password></x>"))
    dora.receives(
        f"<presence><x xmlns='{USER}'><item affiliation='member'/></x></presence>",
        f"<message from='{ROOM}/bob'><body>two &lt; three</body><occupant-id xmlns='urn:xmpp:occupant-id:0'/>"
        f"<stanza-id xmlns='urn:xmpp:sid:0' by='{ROOM}'/></message>",
        f"<message from='{ROOM}/bob'><body><b xmlns='urn:x'>four</b></body></message>",
        f"<message from='{ROOM}/alice'><subject>Milk or lemon?</subject></message>",
    )


def test_without_the_archive(lively: Conference, file: Path) -> None:
    file.write_text(exported(lively, archive=False), encoding="utf-8")
    other = Conference()
    imports(other, file)
    assert not [name for name in other.rows if name[0] in ("archive", "history")]


def test_which_rooms(lively: Conference) -> None:
    """Those that last, or those that are named by local part or address."""
    lively.person("carol@example/x").enters("carol", room=f"passing@{DOMAIN}")
    assert "passing" not in exported(lively)
    assert "name='passing'" in exported(lively, f"passing@{DOMAIN}")
    with pytest.raises(portable.NoSuchRooms, match="nowhere"):
        exported(lively, "tea", "nowhere")


def test_a_room_that_exists(lively: Conference, file: Path) -> None:
    """The import fails as a whole, or leaves the room as it is."""
    refuses(lively, file, f"{file}:4: {ROOM} exists already; --skip-existing")
    assert imports(lively, file, skip_existing=True)["notes"][1]["text"] == "ignored: tea, which exists here"


def test_rooms_of_another_domain(lively: Conference, file: Path) -> None:
    """XEP-0227 §4.1: the operator hears of the mismatch, and says whose rooms are meant."""
    file.write_text(file.read_text().replace(f"jid='{DOMAIN}'", "jid='old.example'"))
    other = Conference()
    refuses(other, file, "has no rooms of chat.example; --from names another host")
    assert imports(other, file, host="old.example")["rooms"] == [ROOM]


def test_what_is_not_known_is_ignored_and_told(lively: Conference, file: Path) -> None:
    """§3: elements of other namespaces, users, and settings of other servers."""
    strange = "<x xmlns='urn:strange'/>"
    text = file.read_text().replace("  </room>", f"{strange}</room>\n<user name='juliet'/>")
    file.write_text(text.replace("<field var='muc#roomconfig_lang'/>", "<field var='muc#colour'/>"))
    notes = imports(Conference(), file)["notes"]
    texts = [note["text"].removeprefix(f"ignored: {file}:") for note in notes if note["type"] == "warn"]
    assert sorted(text.partition(": ")[2] for text in texts) == ["<user/>", "<x/>", "the setting muc#colour"]


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("affiliation='owner'", "affiliation='king'", "expected an affiliation"),
        ("affiliation='owner'", "affiliation='member'", "tea has no owner"),
        ("jid='dora@example'", "jid='dora@'", "expected an address"),
        ("jid='dora@example'", "jid='alice@example'", "once only"),
        ("<value>crumpet</value>", "", "needs one"),
        (
            "var='muc#roomconfig_whois'><value>moderators",
            "var='muc#roomconfig_whois'><value>all",
            "expected one",
        ),
        ("persistentroom'><value>1", "persistentroom'><value>0", "not persistent"),
        ("name='tea'", "name='te a'", "name: expected"),
        ("aGVsbG8=", "aGVsb", "base64"),
        ("</forwarded>", "", "not XML: mismatched tag"),
        ("stamp='2026", "stamp='20x6", "expected <delay/>"),
        ("<server-data", "<!DOCTYPE a><server-data", "a document type is not allowed"),
        ("urn:xmpp:pie:0'>", "urn:other'>", "expected <server-data"),
        (
            " <host",
            "<xi:include xmlns:xi='http://www.w3.org/2001/XInclude' href='no.xml'/><host",
            "no such file",
        ),
        (" <host", "<xi:include xmlns:xi='http://www.w3.org/2001/XInclude' href='/etc/x'/><host", "relative"),
    ],
)
def test_a_broken_file_changes_nothing(file: Path, old: str, new: str, complaint: str) -> None:
    """The error names the file and the line."""
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))
    other = Conference()
    refuses(other, file, complaint)
    refuses(other, file, f"nothing was imported: {file}:")


def test_the_line_of_a_mistake(file: Path) -> None:
    lines = file.read_text().splitlines()
    number = next(n for n, line in enumerate(lines, 1) if "dora@example" in line)
    lines[number - 1] = lines[number - 1].replace("member", "king")
    file.write_text("\n".join(lines))
    refuses(Conference(), file, f"{file}:{number}: expected an affiliation")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    refuses(Conference(), tmp_path / "none.xml", "No such file")


def test_files_that_include_others(file: Path) -> None:
    """§5: the scheme of XEP-0227, a file for each host and each room; not below a room."""
    text = file.read_text()
    begin, end = text.index("  <room"), text.index("</room>") + len("</room>")
    (file.parent / "host").mkdir()
    (file.parent / "host" / "tea.xml").write_text(text[begin:end].strip())
    include = "<xi:include xmlns:xi='http://www.w3.org/2001/XInclude' href='{}'/>"
    whole = f"<host xmlns='urn:xmpp:pie:0' jid='{DOMAIN}'>{include.format('host/tea.xml')}</host>"
    (file.parent / "host.xml").write_text(whole)
    file.write_text(f"<server-data xmlns='urn:xmpp:pie:0'>{include.format('host.xml')}</server-data>")
    other = Conference()
    assert imports(other, file)["rooms"] == [ROOM]
    assert other.service.rooms["tea"].subject is not None


def test_files_that_include_themselves(file: Path) -> None:
    include = f"<xi:include xmlns:xi='http://www.w3.org/2001/XInclude' href='{file.name}'/>"
    file.write_text(f"<server-data xmlns='urn:xmpp:pie:0'>{include}</server-data>")
    refuses(Conference(), file, "includes itself")


def test_the_writer_as_a_process(
    lively: Conference, database: URL, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    """It reads what is committed, on each kind of database; without one, it says so."""
    home = tmp_path / "stellwerk.toml"
    home.write_text(
        f"[muc]\nsecret = 'x'\ndomain = '{DOMAIN}'\n"
        f"database = '{database.render_as_string(hide_password=False)}'\n"
    )
    assert portable.main(["--config", str(home)]) == portable.FAILED
    capfdbinary.readouterr()
    made = engine(database, "muc", 1)
    migrate(made, "muc", component.PROGRAM.migrations)
    with made.begin() as connection:
        for (name, _), row in lively.rows.items():
            connection.execute(storage.metadata.tables[name].insert().values(row))
    made.dispose()
    assert portable.main(["--config", str(home), "--archive", "tea"]) == 0
    assert capfdbinary.readouterr().out.decode() == exported(lively, "tea")
    assert portable.main(["--config", str(home), "nowhere"]) == portable.FAILED
    assert capfdbinary.readouterr().err.decode() == "there is no such room: nowhere\n"
    home.write_text("[muc]\nsecret = 7\n")
    assert portable.main(["--config", str(home)]) == portable.MISCONFIGURED
    assert b"muc.secret" in capfdbinary.readouterr().err
