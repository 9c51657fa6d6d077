"""The schedule outlives a restart, a place that fails is tried again and told of, and the box is left as it was."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from gateway.deliver import backups as backups_module
from gateway.deliver.backup_config import BackupConfig
from gateway.deliver.backup_files import configuration_files, secrets_elsewhere
from gateway.deliver.backup_record import RECORD_NAME, RETRY_SECONDS
from gateway.deliver.backups import Backups, made_backup
from gateway.keep.backup import BackupFailed, Made, Source, make_backup
from gateway.keep.backup_reading import verify_backup
from gateway.keep.journal import Journal
from gateway.keep.sealed import Key, new_key
from gateway.model import HouseSaid, Now
from gateway.works import Works
from tests.deliver.web_folder import web_folder
from tests.keep.facts import NOW, T0

if TYPE_CHECKING:
    from collections.abc import Iterator

HOUR, DAY = 3_600.0, 86_400.0


class Box:
    """A data folder with a journal, a configuration, a key, two folders for backups, and a clock that the test sets."""

    def __init__(self, folder: Path, **more: object) -> None:
        self.utc = T0
        self.said: list[HouseSaid] = []
        self.works = Works()
        self.data = folder / "data"
        self.places = [folder / "first", folder / "second"]
        self.file = folder / "compound.yaml"
        self.key = new_key()
        (folder / "key").write_text(self.key)
        self.config = BackupConfig.model_validate(
            {
                "key": {"file": str(folder / "key")},
                "to": [{"folder": str(place), "same_disk_allowed": True} for place in self.places],
                **more,
            }
        )

    async def furnish(self) -> Box:
        for folder in (self.data, *self.places):
            folder.mkdir()
        self.file.write_text("compound: {id: xfl, name: x}\n")
        async with Journal.open(self.data, NOW):
            return self

    def now(self) -> Now:
        return Now("boot-1", int(self.utc * 1e9), self.utc, trusted=True)

    def backups(self) -> Backups:
        """As after a restart."""
        return Backups(
            self.config,
            compound="xfl",
            data=self.data,
            config_file=self.file,
            say=self.said.append,
            clock=self.now,
            works=self.works,
        )

    async def at(self, utc: float) -> list[int]:
        """Look at the clock then; return how many backups are at each place."""
        self.utc = utc
        await self.backups().attend()
        return [len(list(place.glob("*.sealed"))) for place in self.places if place.is_dir()]


@pytest.fixture
async def box(tmp_path: Path) -> Box:
    return await Box(tmp_path).furnish()


@pytest.fixture
def in_shanghai(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as there:
        there.setenv("TZ", "Asia/Shanghai")
        time.tzset()
        yield
    time.tzset()


async def test_the_first_one_is_made_at_once_and_the_next_when_it_is_due_whatever_was_restarted(box: Box) -> None:
    assert await box.at(T0) == [1, 1]
    assert await box.at(T0 + DAY - 1) == [1, 1]
    assert await box.at(T0 + DAY) == [2, 2]
    assert await box.at(T0 + DAY + 1) == [2, 2]

    first, second = box.backups().ages
    assert (first.place, first.last_utc, first.ok, first.why) == (str(box.places[0]), T0 + DAY, True, "")
    assert second.due_utc == T0 + 2 * DAY


async def test_each_is_whole_and_nothing_is_left_on_the_box(box: Box) -> None:
    await box.at(T0)

    for place in box.places:
        (file,) = place.iterdir()
        manifest = verify_backup(file, Key.parse(box.key))
        assert [part.path for part in manifest.parts] == ["data/journal.db", "config/compound.yaml"]
    assert {path.name for path in box.data.iterdir()} - {"journal.db-wal", "journal.db-shm"} == {
        "journal.db", "journal.mark", RECORD_NAME,
    }  # fmt: skip


async def test_at_a_local_time_of_the_day(tmp_path: Path, in_shanghai: None) -> None:  # noqa: ARG001 - a place, not a value
    box = await Box(tmp_path, at="03:30").furnish()
    half_past_three = T0 + 11.5 * HOUR  # T0 is 16:00 there

    assert await box.at(T0) == [1, 1]
    assert [age.due_utc for age in box.backups().ages] == [half_past_three] * 2
    assert await box.at(half_past_three - 1) == [1, 1]
    assert await box.at(half_past_three) == [2, 2]
    assert [age.due_utc for age in box.backups().ages] == [half_past_three + DAY] * 2
    assert await box.at(half_past_three + DAY + 5 * HOUR) == [3, 3]  # the box was off at the time
    assert [age.due_utc for age in box.backups().ages] == [half_past_three + 2 * DAY] * 2


async def test_one_before_that_time_is_followed_on_the_same_day(tmp_path: Path, in_shanghai: None) -> None:  # noqa: ARG001 - likewise
    box = await Box(tmp_path, at="03:30").furnish()

    await box.at(T0 + 10 * HOUR)  # 02:00 there

    assert [age.due_utc for age in box.backups().ages] == [T0 + 11.5 * HOUR] * 2


async def test_one_that_cannot_be_read_back_where_it_was_made_goes_nowhere(
    box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    def rotten(*arguments: Any) -> Made:
        made = make_backup(*arguments)
        made.path.write_bytes(made.path.read_bytes()[:-1])
        return made

    monkeypatch.setattr(backups_module, "make_backup", rotten)

    assert await box.at(T0) == [0, 0]

    assert all("The backup that was just written cannot be read: " in age.why for age in box.backups().ages)


async def test_old_ones_are_taken_away(tmp_path: Path) -> None:
    box = await Box(tmp_path, keep=2).furnish()

    for day in range(4):
        await box.at(T0 + day * DAY)

    for place in box.places:
        assert [path.name for path in sorted(place.iterdir())] == [
            "gridpost-xfl-20270117T080000Z.sealed",
            "gridpost-xfl-20270118T080000Z.sealed",
        ]


async def test_a_place_that_fails_is_tried_again_alone_and_told_of_the_second_time(box: Box) -> None:
    box.places[1].rmdir()

    assert await box.at(T0) == [1]
    assert not box.said[-1].abnormal
    assert await box.at(T0 + RETRY_SECONDS - 1) == [1]
    assert await box.at(T0 + RETRY_SECONDS) == [1]
    assert box.said[-1] == HouseSaid(
        "backup_overdue",
        "backup",
        abnormal=True,
        why=f"The backup at {box.places[1]} is overdue (last good one: never made). The folder {box.places[1]} is not there. "
        "Mount its disk or make the folder.",
    )
    box.places[1].mkdir()
    assert await box.at(T0 + 2 * RETRY_SECONDS) == [1, 1]
    assert box.said[-1] == HouseSaid("backup_overdue", "backup", abnormal=False, why="")


async def test_a_good_one_that_is_older_than_two_intervals_is_told_of(box: Box) -> None:
    await box.at(T0)
    backups = box.backups()

    box.utc = T0 + 2 * DAY
    backups.tell()
    box.utc += 1
    backups.tell()

    assert [said.abnormal for said in box.said[-2:]] == [False, True]
    assert box.said[-1].why.startswith(f"The backup at {box.places[0]} is overdue (last good one: 2027-01-15 ")


async def test_a_clock_that_was_wrong_by_years_does_not_end_the_backups(box: Box) -> None:
    await box.at(T0 + 3650 * DAY)

    assert await box.at(T0) == [2, 2]
    assert [age.due_utc for age in box.backups().ages] == [T0 + DAY] * 2


async def test_a_missing_key_is_a_sentence_at_every_place(tmp_path: Path) -> None:
    box = await Box(tmp_path, key={"env": "GRIDPOST_NO_SUCH_KEY"}).furnish()

    assert await box.at(T0) == [0, 0]

    assert {age.why for age in box.backups().ages} == {
        "No backup without its key: the environment variable GRIDPOST_NO_SUCH_KEY is not set"
    }


async def test_a_record_that_is_rubbish_begins_anew(box: Box) -> None:
    await box.at(T0)
    for rubbish in ("", "{", "[]", '{"x": 1}', '{"x": {"names": 5}}'):
        (box.data / RECORD_NAME).write_text(rubbish)

        assert all(age.last_utc is None for age in box.backups().ages)

    assert await box.at(T0 + 60) == [2, 2]


async def test_only_one_is_made_at_a_time(box: Box) -> None:
    source = Source(box.data, "xfl")
    async with made_backup(box.data, lambda: source, lambda: box.key, NOW):
        with pytest.raises(
            BackupFailed, match=r"^Another backup of this gateway is being made\. Wait until it is done\.$"
        ):
            async with made_backup(box.data, lambda: source, lambda: box.key, NOW):
                pass


async def test_what_a_killed_one_left_behind_is_cleaned_away(box: Box) -> None:
    left = box.data / "backup.part-xyz"
    left.mkdir()
    (left / "copy.db").write_bytes(b"x")

    await box.at(T0)

    assert not left.exists()


async def test_ending_breaks_it_off_and_leaves_nothing(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, ended = threading.Event(), threading.Event()

    def for_ever(*arguments: object) -> None:
        stop = arguments[-1]
        assert isinstance(stop, threading.Event)
        begun.set()
        if stop.wait(10):
            ended.set()
        raise BackupFailed("broken off")

    monkeypatch.setattr(backups_module, "make_backup", for_ever)
    running = asyncio.create_task(box.backups().run())
    await asyncio.to_thread(begun.wait, 10)

    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running

    assert await asyncio.to_thread(ended.wait, 10)
    assert not list(box.data.glob("backup.part-*"))


async def test_an_error_that_nobody_thought_of_does_not_end_the_gateway(
    box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(backups_module, "place_of", broken)

    await box.at(T0)

    for age in box.backups().ages:
        assert age.due_utc == T0 + RETRY_SECONDS
        assert not age.ok
        assert "ZeroDivisionError" in age.why


async def test_it_runs_by_itself(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    started = time.monotonic()
    monkeypatch.setattr(box, "now", lambda: NOW._replace(utc=T0 + time.monotonic() - started))
    running = asyncio.create_task(box.backups().run())
    async with asyncio.timeout(10):
        while not all(age.last_utc for age in box.backups().ages):
            await asyncio.sleep(0.01)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running

    assert [len(list(place.iterdir())) for place in box.places] == [1, 1]


async def test_a_server_is_a_place_and_what_was_put_there_is_remembered(tmp_path: Path) -> None:
    async with web_folder() as server:
        url = f"http://127.0.0.1:{server.port}/dav/"
        box = await Box(tmp_path, keep=1, to=[{"url": url}]).furnish()

        for day in range(3):
            await box.at(T0 + day * DAY)

        assert list(server.files) == ["gridpost-xfl-20270117T080000Z.sealed"]
        assert json.loads((box.data / RECORD_NAME).read_text())[url]["names"] == list(server.files)


# ---------------------------------------------------------------- the configuration's files


def test_the_configuration_is_taken_with_all_that_it_names(tmp_path: Path) -> None:
    (tmp_path / "site/b").mkdir(parents=True)
    (tmp_path / "shared").mkdir()
    main = tmp_path / "site/compound.yaml"
    main.write_text("include: [b/*.yaml]\ndevices: [list.csv]\nprofiles: [../shared]\nwrong: [")
    assert configuration_files(main).files == {"compound.yaml": main}  # no YAML, and still worth keeping
    main.write_text("include: [b/*.yaml, compound.yaml]\ndevices: [list.csv]\nprofiles: [../shared]\nlines: 5\n")
    (tmp_path / "site/b/1.yaml").write_text("include: [../compound.yaml]\n")
    (tmp_path / "site/list.csv").write_text("id,line\n")
    (tmp_path / "shared/pump.yaml").write_text("")
    (tmp_path / "shared/README").write_text("")

    found = configuration_files(main)

    assert found.main == "site/compound.yaml"
    assert sorted(found.files) == ["shared/pump.yaml", "site/b/1.yaml", "site/compound.yaml", "site/list.csv"]


def test_secrets_that_a_backup_has_not_are_named_by_where_they_stand(tmp_path: Path) -> None:
    data, main = tmp_path / "data", tmp_path / "compound.yaml"
    (data / "secrets").mkdir(parents=True)
    main.write_text(
        f"""include: [more.yaml]
http: {{tls: {{certificate: post.pem, key: post.key}}}}
channels:
  - {{id: voice, key: "1", key_id: {{file: {data}/secrets/voice.key_id}}, key_secret: {{env: VOICE}}}}
  - {{id: chat, answers: {{app_secret: {{credential: chat}}}}, hook: {{file: {data}/chat.hook}}}}
lines: [{{id: air, ca_file: /etc/ssl/air.pem, cert_file: "", points: [{{file: 5}}, {{file: x, as: y}}]}}]
outlets: [{{id: x, token: {{file: {tmp_path}/other/secrets/token}}}}]
"""
    )
    (tmp_path / "more.yaml").write_text(f"backup: {{key: {{file: {data}/secrets/more/key}}}}\n")

    named = secrets_elsewhere(configuration_files(main), data)

    assert named == (
        "http.tls.certificate: the file post.pem",
        "http.tls.key: the file post.key",
        "channels[0].key_secret: the environment variable VOICE",
        "channels[1].answers.app_secret: the credential chat",
        f"channels[1].hook: the file {data}/chat.hook",
        "lines[0].ca_file: the file /etc/ssl/air.pem",
        f"outlets[0].token: the file {tmp_path}/other/secrets/token",
        f"backup.key: the file {data}/secrets/more/key",
    )


def test_the_example_of_the_docs_is_right() -> None:
    page = (Path(__file__).parents[2] / "docs/backup.md").read_text("utf-8")
    (example,) = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)

    config = BackupConfig.model_validate(yaml.safe_load(example)["backup"])

    assert [place.target for place in config.to] == ["/mnt/backup", "https://nas.lan/dav/gridpost/"]


def test_the_gateway_loads_no_cryptography_until_a_backup_is_made() -> None:
    program = (
        "import sys, gateway.app, gateway.config.load, gateway.deliver.backups\n"
        "print([name for name in ('cryptography', 'aiohttp') if name in sys.modules])"
    )

    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert said.stdout == "[]\n"
