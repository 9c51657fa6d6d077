"""A copy counts when it was read back; old ones go, nothing else does; a place that fails says so in a sentence."""

from __future__ import annotations

import hashlib
import ipaddress
import ssl
import threading
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pydantic import ValidationError

from drivers.secret import Secret
from gateway.deliver import backup_places
from gateway.deliver.backup_config import BackupConfig, BackupPlace
from gateway.deliver.backup_places import FolderPlace, PlaceFailed, WebPlace, place_of
from gateway.keep.backup import Made, backup_name
from gateway.keep.backup_manifest import Manifest
from tests.deliver.web_folder import WebFolder, web_folder
from tests.keep.facts import T0

if TYPE_CHECKING:
    from pathlib import Path

DAY = 86_400.0
NOTHING = Manifest("0.1", "xfl", T0, True, 2, 1, "", ())


def made(folder: Path, contents: bytes = b"sealed" * 1_000, utc: float = T0) -> Made:
    folder.mkdir(exist_ok=True)
    path = folder / backup_name("xfl", utc)
    path.write_bytes(contents)
    return Made(path, len(contents), hashlib.sha256(contents).hexdigest(), NOTHING)


def folder_place(folder: Path, data: Path, *, same_disk_allowed: bool = True) -> FolderPlace:
    return FolderPlace(BackupPlace(folder=str(folder), same_disk_allowed=same_disk_allowed), data)


def web_place(server: WebFolder, **more: object) -> WebPlace:
    return WebPlace(BackupPlace.model_validate({"url": f"http://127.0.0.1:{server.port}/dav/", **more}))


# ---------------------------------------------------------------- folders


async def test_a_folder_gets_the_copy_under_its_name_and_nothing_else(tmp_path: Path) -> None:
    to = tmp_path / "to"
    to.mkdir()
    backup = made(tmp_path / "made")

    await folder_place(to, tmp_path).put(backup)

    assert {path.name: path.read_bytes() for path in to.iterdir()} == {backup.path.name: b"sealed" * 1_000}


async def test_a_folder_that_is_gone_is_named(tmp_path: Path) -> None:
    with pytest.raises(PlaceFailed, match=r"^The folder .*/to is not there\. Mount its disk or make the folder\.$"):
        await folder_place(tmp_path / "to", tmp_path).put(made(tmp_path / "made"))


async def test_a_stick_that_is_not_plugged_in_is_noticed(tmp_path: Path) -> None:
    to = tmp_path / "to"
    to.mkdir()

    with pytest.raises(
        PlaceFailed, match=r"to is on the disk of the data folder\. Mount the disk that belongs there, or"
    ):
        await folder_place(to, tmp_path, same_disk_allowed=False).put(made(tmp_path / "made"))

    assert not list(to.iterdir())


async def test_a_copy_that_reads_back_differently_does_not_stay(tmp_path: Path) -> None:
    to = tmp_path / "to"
    to.mkdir()
    backup = made(tmp_path / "made")
    backup.path.write_bytes(b"rotten")

    with pytest.raises(PlaceFailed, match=r"^The copy in .*/to is not what was written\. Replace that disk\.$"):
        await folder_place(to, tmp_path).put(backup)

    assert not list(to.iterdir())


async def test_a_folder_that_hangs_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    to = tmp_path / "to"
    to.mkdir()
    monkeypatch.setattr(backup_places, "PLACE_SECONDS", 0.05)
    never = threading.Event()
    monkeypatch.setattr(backup_places, "_copy", lambda *_: never.wait(10))

    try:
        with pytest.raises(PlaceFailed, match=r"cannot take a backup: it takes too long\. Look after that disk\.$"):
            await folder_place(to, tmp_path).put(made(tmp_path / "made"))
    finally:
        never.set()


async def test_the_oldest_go_and_nothing_else_does(tmp_path: Path) -> None:
    to = tmp_path / "to"
    to.mkdir()
    names = [backup_name("xfl", T0 + day * DAY) for day in range(5)]
    others = [
        backup_name("xfl2", T0), backup_name("other", T0), f"{names[0]}.txt", f"copy-of-{names[0]}", "journal.db",
        names[0].upper(), f".{backup_name('other', T0)}.part", "gridpost-xfl-2027.sealed",
    ]  # fmt: skip
    of_a_killed_process = f".{names[1]}.part"
    for name in (*names, *others, of_a_killed_process):
        (to / name).write_bytes(b"")

    left = await folder_place(to, tmp_path).prune((names[4],), "xfl", 3)

    assert left == tuple(names[2:])
    assert {path.name for path in to.iterdir()} == {*names[2:], *others}


async def test_the_one_just_made_stays_although_its_clock_was_wrong(tmp_path: Path) -> None:
    to = tmp_path / "to"
    to.mkdir()
    names = [backup_name("xfl", utc) for utc in (0.0, T0, T0 + DAY, T0 + 2 * DAY)]
    for name in names:
        (to / name).write_bytes(b"")

    left = await folder_place(to, tmp_path).prune((names[0],), "xfl", 2)

    assert left == (names[0], names[2], names[3])


# ---------------------------------------------------------------- web


async def test_a_server_gets_the_copy_and_it_is_read_back(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("secret\n")
    async with web_folder() as server:
        backup = made(tmp_path / "made", b"x" * 3_000_000)

        await web_place(server, username="gridpost", password={"file": str(tmp_path / "password")}).put(backup)

        authorisation = f"Basic {b64encode(b'gridpost:secret').decode()}"
        assert server.files == {backup.path.name: b"x" * 3_000_000}
        assert server.asked == [(method, backup.path.name, authorisation) for method in ("PUT", "GET")]


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        (401, "answers 401 Unauthorized. Check username and password."),
        (404, "answers 404 Not Found. Make that folder on the server, or correct the url."),
        (413, "answers 413 Request Entity Too Large. It takes no file of 6,000 bytes: raise its limit"),
        (500, "answers 500 Internal Server Error. Look after that server."),
        (507, "answers 507 Insufficient Storage. Its disk is full: make room there."),
        (301, "answers 301 Moved Permanently. Write the address that it names: /elsewhere."),
        ("rot", "gives back something else than it was sent"),
        ("reset", "cannot take a backup:"),
    ],
)
async def test_a_server_that_does_not_take_it_is_quoted(tmp_path: Path, fault: int | str, sentence: str) -> None:
    async with web_folder() as server:
        server.fault = fault

        with pytest.raises(PlaceFailed) as failed:
            await web_place(server).put(made(tmp_path / "made"))

        assert sentence in str(failed.value)
        assert str(failed.value).startswith(f"http://127.0.0.1:{server.port}/dav/ ")
        assert not server.files


async def test_a_server_that_is_down_and_a_password_that_is_not_there_are_named(tmp_path: Path) -> None:
    async with web_folder() as server:
        place = web_place(server)
        secretive = web_place(server, username="u", password={"env": "GRIDPOST_NO_SUCH_PASSWORD"})
        with pytest.raises(PlaceFailed, match=r"the environment variable GRIDPOST_NO_SUCH_PASSWORD is not set"):
            await secretive.put(made(tmp_path / "made"))

    with pytest.raises(PlaceFailed, match=r"cannot take a backup: Cannot connect to host 127\.0\.0\.1"):
        await place.put(made(tmp_path / "made"))


async def test_a_server_loses_only_what_this_gateway_put_there() -> None:
    names = tuple(backup_name("xfl", T0 + day * DAY) for day in range(4))
    theirs = backup_name("xfl", T0 - DAY)
    async with web_folder() as server:
        server.files = dict.fromkeys((theirs, *names[1:]), b"")

        left = await web_place(server).prune((*names, "../../etc/passwd", names[3]), "xfl", 2)

        assert set(server.files) == {theirs, *names[2:]}
        assert set(left) == set(names[2:])
        assert [(method, name) for method, name, _ in server.asked] == [("DELETE", names[0]), ("DELETE", names[1])]


async def test_a_server_that_deletes_nothing_keeps_all_and_is_asked_again_the_next_time() -> None:
    names = tuple(backup_name("xfl", T0 + day * DAY) for day in range(3))
    async with web_folder() as server:
        server.fault = 405

        assert await web_place(server).prune(names, "xfl", 1) == names

    assert await web_place(server).prune(names, "xfl", 1) == names  # it is down


async def test_a_certificate_of_nobody_known_is_refused_and_one_of_your_own_authority_is_not(tmp_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime.now(UTC) - timedelta(hours=1))
        .not_valid_after(datetime.now(UTC) + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = tmp_path / "server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    pem.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(pem)
    async with web_folder(tls) as server:
        url = f"https://127.0.0.1:{server.port}/dav"

        with pytest.raises(PlaceFailed, match=r"CERTIFICATE_VERIFY_FAILED"):
            await WebPlace(BackupPlace(url=url)).put(made(tmp_path / "made"))
        assert not server.files
        await WebPlace(BackupPlace(url=url, ca_file=str(pem))).put(made(tmp_path / "made"))

        assert len(server.files) == 1


# ---------------------------------------------------------------- what may be written


@pytest.mark.parametrize(
    ("place", "why"),
    [
        ({}, "name either a folder or a url"),
        ({"folder": "/mnt", "url": "https://nas/"}, "name either a folder or a url"),
        ({"folder": "/mnt", "username": "x"}, "belong to a url"),
        ({"url": "https://nas/", "username": "x"}, "username and password belong together"),
        ({"url": "ftp://nas/"}, "is not an address such as"),
        ({"url": "https://nas/?a=b"}, "is not an address such as"),
        ({"url": "https://me:secret@nas/"}, "write them under username and password"),
        ({"url": "http://nas.lan/dav/"}, "needs plain_http_allowed: true"),
        ({"url": "http://192.168.1.2/"}, "needs plain_http_allowed: true"),
    ],
)
def test_a_place_that_makes_no_sense_is_refused(place: dict[str, str], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        BackupPlace.model_validate(place)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8000/", "http://localhost/x", "http://[::1]:8/", "https://nas.lan/dav"]
)
def test_loopback_and_tls_need_no_permission(url: str) -> None:
    assert isinstance(place_of(BackupPlace(url=url), None), WebPlace)  # type: ignore[arg-type] # it is for folders


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"at": "24:00"}, "pattern"),
        ({"at": "03:30", "every_hours": 12}, "either every_hours or at"),
        ({"to": []}, "at least 1"),
        ({"to": [{"folder": "/mnt"}, {"folder": "/mnt"}]}, "a place is there twice"),
        ({"too": 1}, "Extra inputs"),
    ],
)
def test_backups_that_make_no_sense_are_refused(more: dict[str, object], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        BackupConfig.model_validate({"key": Secret(env="K"), "to": [{"folder": "/mnt"}], **more})
