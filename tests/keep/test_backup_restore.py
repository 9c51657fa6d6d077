"""Nothing is restored that does not verify, nothing is written over, and what was not restored leaves nothing behind."""

from __future__ import annotations

import hashlib
import sqlite3
import tarfile
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from gateway.keep import opening, schema, writing
from gateway.keep.audit.signing import signer_of
from gateway.keep.backup_manifest import MANIFEST, Manifest, Part, is_part
from gateway.keep.backup_reading import verify_backup
from gateway.keep.backup_restore import RestoreRefused, restore_backup
from gateway.keep.folder import open_folder
from gateway.keep.journal import Journal
from gateway.keep.photos import Photos
from gateway.keep.schema import VERSION
from gateway.keep.sealed import Key, KeyWrong, NotWhole, new_key
from gateway.model import Entry
from tests.keep.backups import KEY, back_up, forge
from tests.keep.facts import NOW, alarm_entry, said
from tests.keep.pictures import jpeg

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path


@pytest.fixture
async def backup(tmp_path: Path) -> Path:
    data, config = tmp_path / "data", tmp_path / "compound.yaml"
    data.mkdir()
    config.write_text("compound: {id: xingfuli}\n")
    more = tmp_path / "b1.yaml"
    more.write_text("grids: []\n")
    async with Journal.open(data, NOW) as journal:
        await journal.submit(alarm_entry(1))
        return back_up(data, files={"compound.yaml": config, "buildings/b1.yaml": more}).path


@pytest.fixture
def there(tmp_path: Path) -> Callable[[], set[str]]:
    """What lies in the folder where things are restored."""
    folder = tmp_path / "box"
    folder.mkdir()
    return lambda: {path.name for path in folder.iterdir()}


def test_the_configuration_comes_back_as_it_lay(tmp_path: Path, backup: Path, there: Callable[[], set[str]]) -> None:
    restored = restore_backup(backup, KEY, tmp_path / "box/data", tmp_path / "box/etc", NOW)

    assert restored.main == tmp_path / "box/etc/compound.yaml"
    assert restored.main.read_text() == "compound: {id: xingfuli}\n"
    assert (tmp_path / "box/etc/buildings/b1.yaml").read_text() == "grids: []\n"
    assert there() == {"data", "etc"}


async def test_photos_and_the_key_of_signatures_come_back_with_the_rest(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    async with Journal.open(data, NOW):
        photo = await Photos(data).put(jpeg())
        public = signer_of(data).public

    restore_backup(back_up(data).path, KEY, tmp_path / "again", None, NOW)

    assert await Photos(tmp_path / "again").get(photo) == await Photos(data).get(photo)
    assert signer_of(tmp_path / "again").public == public


def test_an_empty_folder_is_taken(tmp_path: Path, backup: Path) -> None:
    (tmp_path / "box").mkdir()

    restore_backup(backup, KEY, tmp_path / "box", None, NOW)

    assert (tmp_path / "box/journal.db").exists()


def test_a_folder_that_holds_anything_is_left_as_it_is(
    tmp_path: Path, backup: Path, there: Callable[[], set[str]]
) -> None:
    (tmp_path / "box/data").mkdir()
    (tmp_path / "box/data/journal.db").write_bytes(b"mine")

    with pytest.raises(RestoreRefused, match=r"box/data is there already and is not empty"):
        restore_backup(backup, KEY, tmp_path / "box/data", None, NOW)
    with pytest.raises(RestoreRefused, match=r"box/data is there already and is not empty"):
        restore_backup(backup, KEY, tmp_path / "box/new", tmp_path / "box/data", NOW)

    assert (tmp_path / "box/data/journal.db").read_bytes() == b"mine"
    assert there() == {"data"}


def test_the_folder_of_a_running_gateway_is_left_as_it_is(tmp_path: Path, backup: Path) -> None:
    with (
        open_folder(tmp_path / "box"),
        pytest.raises(RestoreRefused, match=r"is in use by another Gridpost \(process \d+\)"),
    ):
        restore_backup(backup, KEY, tmp_path / "box", None, NOW)


def test_a_missing_parent_and_folders_in_each_other_are_named(tmp_path: Path, backup: Path) -> None:
    with pytest.raises(RestoreRefused, match=r"no/data cannot be made: .*/no is not there"):
        restore_backup(backup, KEY, tmp_path / "no/data", None, NOW)
    with pytest.raises(RestoreRefused, match=r"lie in each other: name two folders"):
        restore_backup(backup, KEY, tmp_path / "box", tmp_path / "box/etc", NOW)


def test_a_backup_cut_or_changed_anywhere_is_not_restored(
    tmp_path: Path, backup: Path, there: Callable[[], set[str]]
) -> None:
    whole = backup.read_bytes()
    for damaged in (whole[:-1], whole[: len(whole) // 2], whole[:-20] + bytes((whole[-20] ^ 1,)) + whole[-19:], b""):
        backup.write_bytes(damaged)

        with pytest.raises(NotWhole, match=r"\.sealed"):
            restore_backup(backup, KEY, tmp_path / "box/data", tmp_path / "box/etc", NOW)

    assert there() == set()


def test_a_wrong_key_restores_nothing(tmp_path: Path, backup: Path, there: Callable[[], set[str]]) -> None:
    with pytest.raises(KeyWrong, match=r"^The key is wrong for"):
        restore_backup(backup, Key.parse(new_key()), tmp_path / "box/data", None, NOW)

    assert there() == set()


@pytest.mark.parametrize(
    "path",
    [
        "../evil", "/etc/passwd", "config/../../evil", "config//x", "config/./x", "config", "config/", "data/evil.db",
        "data/outbox.db", "data/../journal.db", "data/sub/journal.db", "data/tls/other.key", "data/tls/sub/ca.key", "data/tls",
        "data/secrets/../site.key", "data/secrets/sub/x", "data/secrets/.x", "data/secrets/", "data/secrets/x\n",
        "config/a\\..\\b", "config/a\0b", "", "x/journal.db",
    ],
)  # fmt: skip
def test_a_path_that_leads_elsewhere_is_no_part(path: str) -> None:
    assert not is_part(path)


@pytest.mark.parametrize(
    "path",
    [
        "data/journal.db", "data/history-20261121.db", "config/compound.yaml", "config/a/b.csv", "data/tls/ca.key",
        "data/secrets/chat.answers.app_secret",
    ],
)  # fmt: skip
def test_what_a_backup_is_made_of_is_a_part(path: str) -> None:
    assert is_part(path)


def regular(name: str) -> tarfile.TarInfo:
    return tarfile.TarInfo(name)


def link(name: str, target: str, kind: bytes) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, target
    return member


@pytest.mark.parametrize(
    "member",
    [
        regular("../evil"),
        regular("/evil"),
        regular("config/../../evil"),
        link("config/passwd", "/etc/passwd", tarfile.SYMTYPE),
        link("config/journal", "data/journal.db", tarfile.LNKTYPE),
        link("config/pipe", "", tarfile.FIFOTYPE),
        link("config/folder", "", tarfile.DIRTYPE),
    ],
    ids=lambda member: f"{member.name} {member.type.decode()}",
)
def test_a_member_that_leads_elsewhere_is_not_restored(
    tmp_path: Path, there: Callable[[], set[str]], member: tarfile.TarInfo
) -> None:
    file = forge(tmp_path / "x.sealed", [(member, b"")])

    with pytest.raises(NotWhole, match=r"holds '.*', which no backup does"):
        restore_backup(file, KEY, tmp_path / "box/data", tmp_path / "box/etc", NOW)

    assert there() == set()
    assert not (tmp_path / "evil").exists()


def manifest_of(*parts: Part, version: int = VERSION) -> bytes:
    return Manifest("0.9", "xingfuli", NOW.utc, NOW.trusted, version, 1, "", parts).to_json()


@pytest.mark.parametrize(
    ("members", "why"),
    [
        ([], "its manifest|Expecting value|complete"),
        ([("data/journal.db", b"x")], "Expecting value"),
        ([("data/journal.db", b"x"), (MANIFEST, manifest_of())], "does not hold what its manifest says"),
        ([(MANIFEST, manifest_of(Part("data/journal.db", 1, "00")))], "does not hold what its manifest says"),
        ([("data/journal.db", b"x"), (MANIFEST, manifest_of(Part("data/journal.db", 1, "00")))], "does not hold what"),
        ([(MANIFEST, b'{"format": 7}')], "its manifest is of another form"),
        ([(MANIFEST, b'{"format": 1}')], "its manifest is not understood"),
        ([(MANIFEST, b"[]")], "its manifest is not understood"),
        ([(MANIFEST, manifest_of()), ("config/x", b"")], "holds 'config/x', which no backup does"),
        ([(MANIFEST, manifest_of())], "holds no journal"),
    ],
)
def test_an_archive_that_contradicts_itself_is_not_restored(
    tmp_path: Path, there: Callable[[], set[str]], members: Sequence[tuple[str, bytes]], why: str
) -> None:
    file = forge(tmp_path / "x.sealed", [(regular(name), contents) for name, contents in members])

    with pytest.raises(NotWhole, match=why):
        restore_backup(file, KEY, tmp_path / "box/data", None, NOW)

    assert there() == set()


def resealed(file: Path, backup: Path, change: Callable[[sqlite3.Connection], None], version: int = VERSION) -> Path:
    """The same backup with another journal in it, rightly sealed."""
    journal = restore_backup(backup, KEY, file.with_name("once"), None, NOW).data / "journal.db"
    with closing(sqlite3.connect(journal, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
        change(connection)
    contents = journal.read_bytes()
    part = Part("data/journal.db", len(contents), hashlib.sha256(contents).hexdigest())
    return forge(file, [(regular(part.path), contents), (regular(MANIFEST), manifest_of(part, version=version))])


@pytest.mark.parametrize(
    "wrong",
    [
        "UPDATE sqlite_schema SET rootpage = 2 WHERE name = 'log_kind'",  # whoever writes a row stumbles over it
        "DELETE FROM sqlite_schema WHERE name = 'log_alarm'",  # only a look finds the pages that belong to nothing
    ],
)
def test_a_journal_that_does_not_hang_together_is_not_restored(
    tmp_path: Path, backup: Path, there: Callable[[], set[str]], wrong: str
) -> None:
    def tear(connection: sqlite3.Connection) -> None:
        connection.execute("PRAGMA writable_schema = ON")
        assert connection.execute(wrong).rowcount == 1

    file = resealed(tmp_path / "x.sealed", backup, tear)

    with pytest.raises(NotWhole, match=r"^The journal in .* (is damaged|cannot be used)"):
        restore_backup(file, KEY, tmp_path / "box/data", None, NOW)

    assert there() == set()


def test_a_newer_journal_is_refused_in_a_sentence(tmp_path: Path, backup: Path, there: Callable[[], set[str]]) -> None:
    newer = VERSION + 1

    def grow(connection: sqlite3.Connection) -> None:
        connection.execute(f"PRAGMA user_version = {newer}")

    file = resealed(tmp_path / "x.sealed", backup, grow, version=newer)

    assert verify_backup(file, KEY).journal_version == newer
    with pytest.raises(
        RestoreRefused, match=rf"was made by a newer Gridpost \(.*version {newer}, this one knows {VERSION}\)"
    ):
        restore_backup(file, KEY, tmp_path / "box/data", None, NOW)
    assert there() == set()


async def test_an_older_journal_is_restored_and_migrated_with_its_copy_at_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, new = tmp_path / "data", tmp_path / "new"
    data.mkdir()
    with monkeypatch.context() as older:
        older.setattr(schema, "MIGRATIONS", schema.MIGRATIONS[:1])
        older.setattr(schema, "VERSION", 1)
        older.setattr(opening, "highest_number", lambda _: 0)  # it had no notices
        older.setattr(opening, "guard", lambda _: None)  # and no chain
        older.setattr(writing, "append", lambda *_: None)
        async with Journal.open(data, NOW) as journal:
            await journal.submit(Entry(NOW, (said(),)))
    made = back_up(data)

    restore_backup(made.path, KEY, new, None, NOW)
    async with Journal.open(new, NOW) as journal:
        with closing(journal.reader()) as reader:
            kinds = [row.kind for row in await reader.log(0, 10)]

    assert made.manifest.journal_version == 1
    assert kinds == ["started", "link", "restored", "started"]
    assert (new / "journal.db.version-1").exists()
