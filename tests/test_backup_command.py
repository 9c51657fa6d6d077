"""What a person types to back up and restore, and the one sentence that he gets when it cannot be done."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from gateway.__main__ import app
from gateway.keep.sealed import Key

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).parents[1]
BESIDE_A_JOURNAL = 48
"""kB that an open journal takes beside its file (32 kB of shared memory, its log), and no second copy of it."""


@dataclass(frozen=True, slots=True)
class Said:
    """How a command ended."""

    returncode: int
    stdout: str
    stderr: str


def gridpost(*arguments: object) -> Said:
    """What a person types after `gridpost`."""
    result = CliRunner().invoke(app, [*map(str, arguments)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return Said(result.exit_code, result.stdout, result.stderr)


def gridpost_within(command: Sequence[str], *arguments: object) -> Said:
    """Likewise, in a process of its own behind another command."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    line = [*command, sys.executable, "-m", "gateway", *map(str, arguments)]
    child = subprocess.run(line, capture_output=True, text=True, check=False, env=environment)
    return Said(child.returncode, child.stdout, child.stderr)


@pytest.fixture
def box(tmp_path: Path) -> Path:
    """A folder with a configuration, a key, a journal with one user, and a place for backups."""
    (tmp_path / "to").mkdir()
    (tmp_path / "compound.yaml").write_text(
        f"compound: {{id: xingfuli, name: 幸福里}}\ninclude: [more.yaml]\nbackup:\n  key: {{file: {tmp_path}/key}}\n"
        f"  to: [{{folder: {tmp_path}/to, same_disk_allowed: true}}]\n"
    )
    (tmp_path / "more.yaml").write_text("grids: []\n")
    assert gridpost("backup", "key", tmp_path / "key").returncode == 0
    assert gridpost("users", "add", "王芳", "--data", tmp_path / "data").returncode == 0
    return tmp_path


def the_backup(box: Path) -> Path:
    (file,) = (box / "to").iterdir()
    return file


def test_a_key_is_for_its_owner_alone_is_never_written_over_and_goes_off_the_box(tmp_path: Path) -> None:
    file = tmp_path / "key"

    made, again = gridpost("backup", "key", file), gridpost("backup", "key", file)

    assert file.stat().st_mode & 0o777 == 0o600
    assert Key.parse(file.read_text())
    assert "Put a copy of it where neither this box nor the backups are" in made.stdout
    assert again.returncode == 2
    assert "is there already and may be the only key to some backup" in again.stderr


def test_from_one_box_to_the_next(box: Path) -> None:
    made = gridpost("backup", box / "compound.yaml", "--data", box / "data")
    verified = gridpost("backup", "verify", the_backup(box), "--key", box / "key")
    restored = gridpost(
        "restore", the_backup(box), "--data", box / "new", "--config", box / "etc", "--key", box / "key"
    )
    users = gridpost("users", "list", "--data", box / "new")
    checked = gridpost("check", box / "etc/compound.yaml", "--data", box / "new")

    assert made.stdout.endswith(f"{box}/to: whole and read back\n")
    assert verified.stdout.startswith("Backup of xingfuli, made 20")
    assert (
        "the journal to row 2, 0 day(s) of history, 2 file(s) of the configuration, 0 secret(s).\n" in verified.stdout
    )
    assert restored.stdout.startswith(verified.stdout)
    assert f"Restored: the data folder {box}/new\nErasures: no ledger was found" in restored.stdout
    assert f"\nRestored: the configuration {box}/etc/compound.yaml\n" in restored.stdout
    assert restored.stdout.endswith(f"\nBefore you start it: gridpost check {box}/etc/compound.yaml --data {box}/new\n")
    assert users.stdout == "王芳\tviewer\tall grids\n"
    assert "is right" in checked.stdout
    assert [one.returncode for one in (made, verified, restored, users, checked)] == [0] * 5


def test_a_restored_box_has_its_authority_and_its_secrets_and_says_what_it_has_not(box: Path) -> None:
    (box / "data/secrets").mkdir()
    (box / "data/secrets/chat.key").write_text("simulated\n")
    with (box / "compound.yaml").open("a") as config:
        config.write(
            f"channels:\n  - {{id: chat, kind: wecom, key: {{file: {box}/data/secrets/chat.key}}}}\n"
            "  - {id: mail, kind: mail, host: a.cn, sender: a@a.cn, username: a, password: {env: NOT_HERE}}\n"
        )
    tls = gridpost("tls", "--data", box / "data", "--name", "box.local")
    gridpost("backup", box / "compound.yaml", "--data", box / "data")
    (box / "data").rename(box / "gone")

    restored = gridpost(
        "restore", the_backup(box), "--data", box / "new", "--config", box / "etc", "--key", box / "key"
    )
    checked = gridpost("check", box / "etc/compound.yaml", "--data", box / "new")

    fingerprint = tls.stdout.splitlines()[-1]
    assert len(fingerprint) == 32 * 3 - 1
    assert f"which phones go on believing: {fingerprint}\n" in restored.stdout
    assert (
        "outside the data folder; bring it along:\n"
        f"  backup.key: the file {box}/key\n"
        "  channels[1].password: the environment variable NOT_HERE\n"
    ) in restored.stdout
    assert "It names 1 secret(s) in this data folder now" in restored.stdout
    assert [line.partition("channels[")[2] for line in checked.stderr.splitlines()] == [
        "1].password: the environment variable NOT_HERE is not set",
        "",
    ]


def test_options_may_stand_first_and_another_place_may_be_named(box: Path) -> None:
    (box / "stick").mkdir()

    made = gridpost("backup", "--data", box / "data", "--to", box / "stick", box / "compound.yaml")

    (file,) = (box / "stick").iterdir()
    assert made.returncode == 0
    assert f"{file}: whole and read back, {file.stat().st_size:,} bytes" in made.stdout
    assert not list((box / "to").iterdir())


def test_a_place_that_is_configured_is_used_as_it_is_configured(box: Path) -> None:
    config = box / "compound.yaml"
    config.write_text(config.read_text().replace(", same_disk_allowed: true", ""))

    said = gridpost("backup", config, "--data", box / "data", "--to", box / "to")

    assert f"The folder {box}/to is on the disk of the data folder." in said.stderr
    assert said.returncode == 2


def test_a_configuration_that_is_wrong_elsewhere_is_backed_up_as_it_is(box: Path) -> None:
    with (box / "compound.yaml").open("a") as config:
        config.write("nonsense: true\n")

    assert gridpost("backup", box / "compound.yaml", "--data", box / "data").returncode == 0


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("backup", "{box}/no.yaml"), "{box}/no.yaml does not say which compound this is"),
        (
            ("backup", "{box}/plain.yaml"),
            "{box}/plain.yaml has no section `backup`: write one (docs/backup.md), or name --to",
        ),
        (("backup", "{box}/plain.yaml", "--key", "{box}/key"), "has no section `backup`"),
        (("backup", "{box}/wrong.yaml"), "{box}/wrong.yaml:2: backup.keep: Input should be greater than or equal to 1"),
        (("backup", "{box}/compound.yaml", "--data", "{box}/no"), "The data folder {box}/no cannot be read"),
        (("backup", "{box}/compound.yaml", "--data", "{box}/to"), "There is no journal in {box}/to"),
        (
            ("backup", "{box}/compound.yaml", "--data", "{box}/data", "--to", "{box}/no"),
            "The folder {box}/no is not there.",
        ),
        (("backup", "{box}/compound.yaml", "--to", "http://nas.lan/"), "needs plain_http_allowed: true"),
        (
            ("backup", "{box}/compound.yaml", "--data", "{box}/data", "--key", "{box}/no"),
            "the file {box}/no cannot be read",
        ),
        (("backup", "verify", "{box}/no.sealed", "--key", "{box}/key"), "{box}/no.sealed cannot be read: No such file"),
        (("backup", "verify", "{box}/key", "--key", "{box}/key"), "{box}/key is not a backup of Gridpost"),
        (("backup", "verify", "{box}/key"), "The key is missing: name its file with --key FILE."),
        (("restore", "{box}/key", "--data", "{box}/data", "--key", "{box}/key"), "{box}/data is there already"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(box: Path, arguments: tuple[str, ...], sentence: str) -> None:
    (box / "plain.yaml").write_text("compound: {id: x, name: x}\n")
    (box / "wrong.yaml").write_text(
        "compound: {id: x, name: x}\nbackup: {key: {env: X}, to: [{folder: /mnt}], keep: 0}\n"
    )

    said = gridpost(*(argument.format(box=box) for argument in arguments))

    assert sentence.format(box=box) in said.stdout + said.stderr
    assert "Traceback" not in said.stderr
    assert said.returncode in (1, 2)
    assert not list(box.glob("*/backup.part-*"))


def test_a_wrong_key_and_a_cut_file_restore_nothing(box: Path) -> None:
    gridpost("backup", box / "compound.yaml", "--data", box / "data")
    gridpost("backup", "key", box / "other")
    cut = box / "cut.sealed"
    cut.write_bytes(the_backup(box).read_bytes()[:-1])

    wrong = gridpost("restore", the_backup(box), "--data", box / "new", "--key", box / "other")
    short = gridpost("restore", cut, "--data", box / "new", "--key", box / "key")

    assert wrong.stderr == f"The key is wrong for {the_backup(box)}: it was sealed with another one.\n"
    assert "cut.sealed is cut off or was changed (at byte 70). Take another backup." in short.stderr
    assert [wrong.returncode, short.returncode] == [2, 2]
    assert not [path for path in box.iterdir() if "new" in path.name]


def on_a_small_disk(folder: Path, kilobytes: int) -> Sequence[str]:
    """Run a command with a disk of that size mounted on a folder, for it alone."""
    mount = f'mount -t tmpfs -o size={kilobytes}k none "{folder}" && "$@"; code=$?; ls -A "{folder}" >&2; exit $code'
    return ("unshare", "--user", "--map-root-user", "--mount", "sh", "-c", mount, "sh")


def test_a_full_stick_is_a_sentence_and_nothing_half_is_left_on_it(box: Path) -> None:
    (box / "compound.yaml").write_bytes(
        b"#" + os.urandom(200_000).hex().encode() + (b"\n" + (box / "compound.yaml").read_bytes())
    )

    within = on_a_small_disk(box / "to", 64)

    said = gridpost_within(within, "backup", box / "compound.yaml", "--data", box / "data")

    assert said.stderr.splitlines() == [
        f"{box}/to: The folder {box}/to cannot take a backup: No space left on device. Look after that disk."
    ]
    assert said.returncode == 1


def test_a_full_disk_below_a_new_box_is_a_sentence_and_nothing_is_left_on_it(box: Path) -> None:
    gridpost("backup", box / "compound.yaml", "--data", box / "data")
    (box / "small").mkdir()
    within = on_a_small_disk(box / "small", 40)

    said = gridpost_within(within, "restore", the_backup(box), "--data", box / "small/data", "--key", box / "key")

    assert said.stderr.splitlines() == [
        f"Nothing was restored: the disk is full ({box}/small/data). Mend that or name another folder."
    ]
    assert said.returncode == 2


def test_a_data_folder_without_room_is_left_alone(box: Path) -> None:
    kilobytes = (box / "data/journal.db").stat().st_size // 1024
    within = on_a_small_disk(box / "data", kilobytes + BESIDE_A_JOURNAL)
    (box / "was").mkdir()
    (box / "data/journal.db").rename(box / "was/journal.db")
    script = within[-2].replace('&& "$@"', f'&& cp {box}/was/journal.db {box}/data/ && "$@"')

    said = gridpost_within((*within[:-2], script, "sh"), "backup", box / "compound.yaml", "--data", box / "data")

    assert "There is no room for a backup on the disk of" in said.stderr
    assert "backup.part" not in said.stderr.splitlines()[-1]
    assert said.returncode == 1
