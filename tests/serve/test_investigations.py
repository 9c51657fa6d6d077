"""Assistance to an investigation over HTTP: two persons, a signed archive of one slice, and every taking audited."""

from __future__ import annotations

import csv
import io
import json
import shutil
import subprocess
import zipfile
from typing import TYPE_CHECKING

import pytest

from drivers.contract import DeviceEvent
from gateway.auditing import Audited
from gateway.keep.assisting.archive import ArchiveWrong, check_archive
from gateway.model import Entry, Recorded
from gateway.serve.privacy import shapes as privacy_shapes
from tests.keep.pictures import jpeg, png
from tests.serve.assisting import SIGNER
from tests.serve.compound import Town, forced, now

if TYPE_CHECKING:
    from pathlib import Path

    import httpx

    from drivers.contract import Json

PATH = "/api/v1/investigations"
DAY = 86_400.0


def _wish(**changes: Json) -> dict[str, Json]:
    utc = now().utc
    wish = {"body": "某某派出所", "document": "公(2026)17号", "places": ["b1"], "reason": "盗窃案"}
    return {**wish, "from_utc": utc - DAY, "to_utc": utc - 1, **changes}


async def _post(town: Town, path: str = "", body: Json = None, who: str = "manager") -> httpx.Response:
    async with town.client(who) as client:
        return await client.post(f"{PATH}{path}", json=body)


async def _confirmed(town: Town, **changes: Json) -> None:
    assert (await _post(town, body=_wish(**changes))).status_code == 201
    assert (await _post(town, "/i1/confirm", who="administrator")).status_code == 200


async def _archive(town: Town, who: str = "manager") -> httpx.Response:
    async with town.client(who) as client:
        return await client.get(f"{PATH}/i1/archive")


async def _passed(town: Town, device: str, sequence: int, ago: float) -> None:
    ref = next(ref for ref in range(8) if town.lodge.permits.named(device, ref, now().utc))
    body = {"part": "door1", "ref": ref}
    event = DeviceEvent(device, "7", sequence, "granted", body, now().boottime_ns, now().utc - ago)
    await town.journal.submit(Entry(now(), events=(event,)))


async def test_one_asks_and_another_one_confirms(town: Town) -> None:
    asked = privacy_shapes.Investigation.model_validate_json((await _post(town, body=_wish())).text)
    own = await _post(town, "/i1/confirm")
    confirmed = privacy_shapes.Investigation.model_validate_json(
        (await _post(town, "/i1/confirm", who="administrator")).text
    )

    assert (asked.id, asked.state, asked.asked_by.name, asked.mine, asked.held) == (
        "i1",
        "asked",
        "manager",
        True,
        False,
    )
    assert (own.status_code, own.json()["code"]) == (409, "second_person")
    assert (confirmed.state, confirmed.held, confirmed.mine) == ("confirmed", True, False)
    assert confirmed.confirmed_by is not None
    assert confirmed.confirmed_by.name == "administrator"


@pytest.mark.parametrize(
    ("changes", "path", "code"),
    [
        ({"body": " "}, "body.body", "body_missing"),
        ({"document": ""}, "body.document", "document_missing"),
        ({"document": "17\n18"}, "body.document", "string_pattern_mismatch"),
        ({"document": "17\u202e"}, "body.document", "string_pattern_mismatch"),
        ({"places": []}, "body.places", "places_missing"),
        ({"places": ["b7"]}, "body.places", "places_wrong"),
        ({"reason": ""}, "body.reason", "missing"),
        ({"to_utc": 0}, "body.to_utc", "window_empty"),
        ({"from_utc": 0}, "body.to_utc", "window_long"),
        ({"to_utc": 4_000_000_000}, "body.to_utc", "window_long"),
    ],
)
async def test_what_is_wrong_is_said_beside_its_field(
    town: Town, changes: dict[str, Json], path: str, code: str
) -> None:
    answer = await _post(town, body=_wish(**changes))

    assert answer.status_code == 422
    assert [(each["path"], each["code"]) for each in answer.json()["errors"]] == [(path, code)]


async def test_all_wrong_fields_are_said_at_once(town: Town) -> None:
    answer = await _post(town, body=_wish(body=" ", places=[], to_utc=0))

    assert [each["path"] for each in answer.json()["errors"]] == ["body.body", "body.places", "body.to_utc"]


async def test_a_window_that_ends_in_the_future_is_refused_beside_its_end(town: Town) -> None:
    answer = await _post(town, body=_wish(to_utc=now().utc + 3600))

    assert [(each["path"], each["code"]) for each in answer.json()["errors"]] == [("body.to_utc", "window_future")]


async def test_nothing_is_taken_out_before_the_second_person_nor_after_the_release(town: Town) -> None:
    await _post(town, body=_wish())
    before = await _archive(town)
    await _post(town, "/i1/confirm", who="administrator")
    between = await _archive(town)
    await _post(town, "/i1/release", {"reason": "结案"})
    after = await _archive(town)

    assert [each.status_code for each in (before, between, after)] == [409, 200, 409]
    assert before.json()["code"] == "not_confirmed"


async def test_the_archive_has_the_passages_of_its_places_and_window_with_identity_and_no_others(town: Town) -> None:
    await _passed(town, "b1u1", 1, 3600)
    await _passed(town, "b1u1", 2, 2 * DAY)
    await _passed(town, "b2u1", 3, 3600)
    await _confirmed(town)

    answer = await _archive(town)

    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        passages = json.loads(archive.read("passages.json"))
        rows = list(csv.DictReader(io.StringIO(archive.read("passages.csv").decode("utf-8-sig"))))
    assert [(each["device"], each["kind"], each["name"], each["household"]) for each in passages] == [
        ("b1u1", "granted", "李梅", "b1-1-501")
    ]
    assert [row["name"] for row in rows] == ["李梅"]


async def test_the_archive_has_alarms_incidents_and_photos_of_its_places_alone(town: Town) -> None:
    photo = await town.house.incidents.photos.put(jpeg())
    other = await town.house.incidents.photos.put(png())
    await town.road.raise_alarm(forced())
    await town.road.raise_alarm(forced(2, device="b2u1", source="b2u1/door1.forced"))
    for building, sha256 in (("b1", photo), ("b2", other)):
        incident = {"number": 1, "place": {"building": building}, "alarms": [], "photos": [sha256]}
        await town.journal.submit(Entry(now(), (_reported(incident),)))
    await _confirmed(town, to_utc=now().utc)

    answer = await _archive(town)

    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert [row["said"]["alarm"]["number"] for row in json.loads(archive.read("alarms.json"))] == [1]
        assert [row["said"]["incident"]["place"]["building"] for row in json.loads(archive.read("incidents.json"))] == [
            "b1"
        ]
        assert [name for name in archive.namelist() if name.startswith("photos/")] == [f"photos/{photo}.jpeg"]


async def test_the_archive_says_who_asked_and_proves_where_it_comes_from(town: Town, tmp_path: Path) -> None:
    await _confirmed(town)
    file = tmp_path / "archive.zip"
    file.write_bytes((await _archive(town)).content)

    checked = check_archive(file, SIGNER.public)

    told = checked.manifest
    assert (told["body"], told["document"], told["places"]) == ("某某派出所", "公(2026)17号", ["b1"])
    assert (told["asked_by"], told["confirmed_by"], told["made_by"]) == ("manager", "administrator", "manager")
    assert {part["path"] for part in told["files"]} == {
        "README.txt",
        "passages.json",
        "passages.csv",
        "alarms.json",
        "incidents.json",
    }


async def test_openssl_alone_can_check_the_signature(town: Town, tmp_path: Path) -> None:
    assert shutil.which("openssl"), "install it: apt-get install openssl"
    await _confirmed(town)
    with zipfile.ZipFile(io.BytesIO((await _archive(town)).content)) as archive:
        archive.extractall(tmp_path)

    command = "openssl pkeyutl -verify -pubin -inkey public_key.pem -rawin -in manifest.json -sigfile manifest.sig"
    said = subprocess.run(command.split(), cwd=tmp_path, capture_output=True, text=True, check=False)  # noqa: ASYNC221 - 10 ms
    readme = (tmp_path / "README.txt").read_text()

    assert "Signature Verified Successfully" in said.stdout
    assert command in readme


@pytest.mark.parametrize("name", ["passages.json", "manifest.json", "README.txt"])
async def test_an_archive_in_which_a_byte_was_changed_is_found_out(town: Town, tmp_path: Path, name: str) -> None:
    await _confirmed(town)
    changed = tmp_path / "changed.zip"
    with (
        zipfile.ZipFile(io.BytesIO((await _archive(town)).content)) as sound,
        zipfile.ZipFile(changed, "w") as target,
    ):
        for part in sound.namelist():
            target.writestr(part, sound.read(part) + (b" " if part == name else b""))

    with pytest.raises(ArchiveWrong, match="changed"):
        check_archive(changed)


async def test_a_file_that_was_added_or_is_no_archive_is_found_out(town: Town, tmp_path: Path) -> None:
    await _confirmed(town)
    file = tmp_path / "archive.zip"
    file.write_bytes((await _archive(town)).content)
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr("more.txt", "x")
    (tmp_path / "no.zip").write_bytes(b"nothing")

    with pytest.raises(ArchiveWrong, match=r"other files .*more\.txt"):
        check_archive(file)
    with pytest.raises(ArchiveWrong, match="is no archive of Gridpost"):
        check_archive(tmp_path / "no.zip")


async def test_a_release_without_a_word_is_refused_beside_its_reason(town: Town) -> None:
    await _confirmed(town)

    answer = await _post(town, "/i1/release", {"reason": " "})

    assert answer.status_code == 422
    assert [each["path"] for each in answer.json()["errors"]] == ["body.reason"]


async def test_each_taking_is_audited(town: Town) -> None:
    await _confirmed(town)

    await _archive(town)
    await _archive(town, "administrator")

    acts = [act for act in town.road.acts if isinstance(act, Audited)]
    assert [(act.actor.name, act.what, act.subject) for act in acts] == [
        ("manager", "export", "investigation:i1"),
        ("administrator", "export", "investigation:i1"),
    ]


async def test_who_passed_in_a_held_slice_is_forgotten_only_after_its_release(town: Town) -> None:
    await _passed(town, "b1u1", 1, 3600)
    await _confirmed(town)
    async with town.client() as client:
        found = (await client.post("/api/v1/privacy/find", json={"name": "李梅"})).json()["people"]
        asked = {"person": found[0]["person"], "reason": "本人要求"}

        held = await client.post("/api/v1/privacy/erase", json=asked)
        await _post(town, "/i1/release", {"reason": "结案"})
        released = await client.post("/api/v1/privacy/erase", json=asked)

    assert (held.status_code, held.json()["code"]) == (409, "held_for_investigation")
    assert released.status_code == 200


async def test_only_managers_and_administrators_assist(town: Town) -> None:
    await _confirmed(town)

    for who in ("viewer", "staff", "installer", "auditor"):
        assert (await _archive(town, who)).status_code == 403
        assert (await _post(town, body=_wish(), who=who)).status_code == 403


def _reported(incident: dict[str, Json]) -> Recorded:
    return Recorded("incident", "1", {"what": "reported", "incident": incident}, "王芳")
