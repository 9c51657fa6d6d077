"""What is secret on a box comes back with it, for its owner alone, under the name that its folder has then."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING

import pytest

from gateway.keep.backup_manifest import Manifest
from gateway.keep.backup_restore import Restored, restore_backup
from gateway.keep.backup_secrets import AGAIN_SECONDS
from gateway.keep.journal import Journal
from gateway.keep.own_ca import OwnCa
from gateway.keep.sealed import NotWhole
from tests.keep.backups import KEY, back_up
from tests.keep.facts import NOW

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NAMES = ("ca.key", "ca.pem", "server.key", "server.pem")


@pytest.fixture
async def data(tmp_path: Path) -> Path:
    """A box with an authority of its own and two secrets."""
    data = tmp_path / "data"
    data.mkdir()
    async with Journal.open(data, NOW):
        OwnCa.of(data).make(["box.local"], ["192.168.1.20"], NOW.utc)
    (data / "secrets").mkdir(mode=0o700)
    for name in ("chat.key", "backup.key"):
        (data / "secrets" / name).write_text(f"{name} of {data}\n")
    return data


def restored(file: Path, data: Path, config: Path | None = None) -> Restored:
    return restore_backup(file, KEY, data, config, NOW)


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


class Meanwhile(threading.Event):
    """Does something while a certificate is looked at again."""

    def __init__(self, act: Callable[[], object]) -> None:
        super().__init__()
        self._act = act

    def wait(self, timeout: float | None = None) -> bool:
        if timeout == AGAIN_SECONDS:
            self._act()
        return False


def test_authority_certificate_and_secrets_come_back_for_their_owner_alone(tmp_path: Path, data: Path) -> None:
    new = tmp_path / "new"

    restored(back_up(data).path, new)

    assert files(new / "tls") == files(data / "tls")
    assert files(new / "secrets") == files(data / "secrets")
    assert sorted(files(new / "tls")) == [*NAMES]
    assert OwnCa.of(new).fingerprint() == OwnCa.of(data).fingerprint()
    assert {path.stat().st_mode & 0o777 for path in new.rglob("*") if path.is_file()} == {0o600}
    assert {path.stat().st_mode & 0o777 for path in (new, new / "tls", new / "secrets")} == {0o700}


def test_a_certificate_that_is_renewed_meanwhile_is_taken_with_its_own_key(tmp_path: Path, data: Path) -> None:
    before = (data / "tls/server.pem").read_bytes()
    OwnCa.of(data).make(["box.local"], ["192.168.1.20"], NOW.utc)
    renewed = files(data / "tls")
    (data / "tls/server.pem").write_bytes(before)  # as it is when the key is there and the certificate is not yet

    made = back_up(data, stop=Meanwhile(lambda: (data / "tls/server.pem").write_bytes(renewed["server.pem"])))
    restored(made.path, tmp_path / "new")

    assert files(tmp_path / "new/tls") == renewed


def test_a_certificate_that_is_not_its_keys_stays_out_and_the_authority_comes_back(tmp_path: Path, data: Path) -> None:
    (data / "tls/server.key").write_bytes((data / "tls/ca.key").read_bytes())

    made = back_up(data, stop=Meanwhile(lambda: None))
    restored(made.path, tmp_path / "new")

    [said] = made.manifest.left_out
    assert said.startswith("tls/server.pem and tls/server.key do not belong together")
    assert sorted(files(tmp_path / "new/tls")) == ["ca.key", "ca.pem"]


def test_what_lies_among_the_secrets_and_is_none_is_named(data: Path) -> None:
    (data / "secrets/.chat.key.17").write_text("half")
    (data / "secrets/more").mkdir()
    (data / "secrets/two words").write_text("x")

    manifest = back_up(data).manifest

    assert manifest.secrets == 2
    assert [said.partition("secrets/")[2] for said in manifest.left_out] == [
        "more is no file: secrets are kept one to a file.",
        "two words has no name for a secret: letters, digits, dots, - and _ are taken, 100 at most.",
    ]


@pytest.mark.parametrize("linked", [False, True])
def test_the_configuration_names_its_secrets_where_they_are_now(tmp_path: Path, data: Path, *, linked: bool) -> None:
    if linked:  # as systemd's state directory is
        data = tmp_path / "var"
        data.symlink_to(tmp_path / "data")
    compound = tmp_path / "compound.yaml"
    text = (
        "key: {{file: {0}/secrets/chat.key}}\nkey: '{1}/tls/server.key'\nkept: [/mnt{0}/secrets/x, {0}/secret, {0}]\n"
    )
    compound.write_text(text.format(data, data.resolve()))

    new = restored(back_up(data, files={"compound.yaml": compound}).path, tmp_path / "new", tmp_path / "etc")

    now = tmp_path / "new"
    assert new.secrets_moved == 2
    assert new.main is not None
    assert new.main.read_text() == (
        f"key: {{file: {now}/secrets/chat.key}}\nkey: '{now}/tls/server.key'\n"
        f"kept: [/mnt{data}/secrets/x, {data}/secret, {data}]\n"
    )


def test_in_a_folder_of_the_same_name_the_configuration_stays_as_it_was(tmp_path: Path, data: Path) -> None:
    compound = tmp_path / "compound.yaml"
    compound.write_text(f"key: {{file: {data}/secrets/chat.key}}\n")
    made = back_up(data, files={"compound.yaml": compound})
    data.rename(tmp_path / "gone")

    new = restored(made.path, data, tmp_path / "etc")

    assert new.secrets_moved == 0
    assert (tmp_path / "etc/compound.yaml").read_bytes() == compound.read_bytes()


def test_a_configuration_that_lay_in_the_data_folder_comes_back_there(tmp_path: Path, data: Path) -> None:
    compound = data / "compound.yaml"
    compound.write_text(f"key: {{file: {data}/secrets/chat.key}}\n")
    (data / "more").mkdir()
    (data / "more/b1.yaml").write_text("grids: []\n")
    parts = {"compound.yaml": compound, "more/b1.yaml": data / "more/b1.yaml"}

    new = restored(back_up(data, files=parts, folder=data).path, tmp_path / "new")

    assert new.main == tmp_path / "new/compound.yaml"
    assert new.main.read_text() == f"key: {{file: {tmp_path}/new/secrets/chat.key}}\n"
    assert (tmp_path / "new/more/b1.yaml").read_text() == "grids: []\n"
    assert {path.name for path in tmp_path.iterdir()} == {"data", "made", "new"}


def test_one_that_lay_elsewhere_is_not_put_among_the_data(tmp_path: Path, data: Path) -> None:
    compound = tmp_path / "compound.yaml"
    compound.write_text("compound: {id: xingfuli}\n")

    new = restored(back_up(data, files={"compound.yaml": compound}, folder=tmp_path).path, tmp_path / "new")

    assert new.main is None
    assert not (tmp_path / "new/compound.yaml").exists()
    assert {path.name for path in tmp_path.iterdir()} == {"compound.yaml", "data", "made", "new"}


def test_a_configuration_that_would_take_a_datas_place_is_not_restored(tmp_path: Path, data: Path) -> None:
    compound = tmp_path / "compound.yaml"
    compound.write_text("compound: {id: xingfuli}\n")
    made = back_up(data, files={"tls/ca.pem": compound}, folder=data)

    with pytest.raises(NotWhole, match=r"holds ca\.pem twice"):
        restored(made.path, tmp_path / "new")

    assert {path.name for path in tmp_path.iterdir()} == {"compound.yaml", "data", "made"}


@pytest.mark.parametrize(
    ("mode", "file", "folder"), [(0o600, 0o600, 0o700), (0o644, 0o644, 0o755), (0o4777, 0o644, 0o755)]
)
def test_who_read_the_configuration_reads_it_again_and_nobody_writes_or_runs_it(
    tmp_path: Path, data: Path, mode: int, file: int, folder: int
) -> None:
    compound = tmp_path / "compound.yaml"
    compound.write_text("compound: {id: xingfuli}\n")
    compound.chmod(mode)

    restored(back_up(data, files={"compound.yaml": compound}).path, tmp_path / "new", tmp_path / "etc")

    assert (tmp_path / "etc/compound.yaml").stat().st_mode & 0o7777 == file
    assert (tmp_path / "etc").stat().st_mode & 0o7777 == folder


def test_a_manifest_of_before_there_were_secrets_is_understood(data: Path) -> None:
    told = json.loads(back_up(data).manifest.to_json())
    for key in ("data_folders", "config_folder", "elsewhere"):
        del told[key]

    old = Manifest.from_json(json.dumps(told).encode())

    assert (old.data_folders, old.config_folder, old.elsewhere) == ((), "", ())
