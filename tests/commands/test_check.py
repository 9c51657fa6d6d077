"""`gridpost check --data`: judged as a run on that data folder would be, and nothing is written there."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from gateway.commands.check import check_config
from gateway.keep.own_ca import OwnCa

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

COMPOUND = "compound: {id: xfl, name: 幸福里}\n"
BEYOND = "http: {bind: '0.0.0.0:8443'}\n"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """The configuration; the data folder is beside it and has a certificate."""
    OwnCa.of(tmp_path / "data").make(["box.local"], ["192.168.1.20"], time.time())
    return tmp_path / "compound.yaml"


def told(capsys: pytest.CaptureFixture[str]) -> list[str]:
    """What goes to stderr, but that nobody works there."""
    return [line for line in capsys.readouterr().err.splitlines() if "there are no people" not in line]


def everything_in(folder: Path) -> dict[str, tuple[int, int]]:
    stats = {str(path.relative_to(folder)): path.stat() for path in (folder, *folder.rglob("*"))}
    return {name: (stat.st_mtime_ns, stat.st_size) for name, stat in stats.items()}


def test_the_boxs_own_certificate_is_found_where_a_run_finds_it_and_nothing_is_made(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config.write_text(COMPOUND + BEYOND)
    before = everything_in(config.parent / "data")

    alone, with_data = check_config(config), check_config(config, config.parent / "data")

    [said] = told(capsys)
    assert (alone, with_data) == (0, 0)
    assert "the gateway starts there with a certificate alone" in said, "a check that knows no data folder has to warn"
    assert everything_in(config.parent / "data") == before


@pytest.mark.parametrize(
    ("break_it", "why"),
    [
        (lambda data: (data / "tls/server.pem").unlink(), "plain HTTP shows them tokens and sessions"),
        (lambda data: (data / "tls/server.key").write_text("x"), "server.key holds no key in PEM"),
        (lambda data: (data / "site.key").write_bytes(b"short"), "site.key is damaged"),
    ],
    ids=["no certificate", "no key", "no site key"],
)
def test_what_a_run_would_not_start_with_is_wrong(
    config: Path, capsys: pytest.CaptureFixture[str], break_it: Callable[[Path], object], why: str
) -> None:
    config.write_text(COMPOUND + BEYOND)
    break_it(config.parent / "data")

    code = check_config(config, config.parent / "data")

    assert code == 2
    assert why in capsys.readouterr().err


def test_a_backup_within_that_folder_is_wrong_and_one_without_its_secrets_is_warned_of(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = f"{{url: 'https://nas.lan/', username: a, password: {{file: {tmp_path}/data/secrets/password}}}}"
    config.write_text(
        f"{COMPOUND}backup: {{key: {{env: NO_SUCH_KEY}}, to: [{place}, {{folder: {tmp_path}/data/b}}]}}\n"
    )

    wrong = check_config(config, tmp_path / "data")
    refused = capsys.readouterr().err
    config.write_text(config.read_text().replace(f"{tmp_path}/data/b", f"{tmp_path}/b"))
    right = check_config(config, tmp_path / "data")

    key, password = told(capsys)
    assert (wrong, right) == (2, 0)
    assert "backup.to[1].folder: is in or above the data folder" in refused
    assert key.startswith("backup.key: the environment variable NO_SUCH_KEY is not set; backups fail")
    assert password.startswith(f"backup.to[0].password: the file {tmp_path}/data/secrets/password cannot be")


def test_a_folder_that_is_not_there_yet_is_made_by_the_gateway_and_not_by_a_check(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config.write_text(COMPOUND)

    soon, never = check_config(config, tmp_path / "new"), check_config(config, tmp_path / "no/new")

    assert (soon, never) == (0, 2)
    assert told(capsys) == [
        f"there is no data folder {tmp_path}/new yet: the gateway makes it (warning)",
        f"There is no data folder {tmp_path}/no/new, and none can be made there: name another.",
    ]
    assert not (tmp_path / "new").exists()
