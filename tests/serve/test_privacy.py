"""One person's data over HTTP: found, handed out, forgotten; and no trace of him in any file afterwards."""

from __future__ import annotations

import io
import json
import zipfile
from typing import TYPE_CHECKING

from drivers.contract import DeviceEvent
from gateway.auditing import Audited
from gateway.keep.erasing.ledger import mark_of
from gateway.model import Entry
from gateway.permit import Standing
from gateway.serve.privacy import shapes as privacy_shapes
from tests.serve.compound import Town, now
from tests.serve.doorkeeping import KEY

if TYPE_CHECKING:
    from pathlib import Path

    import httpx

    from drivers.contract import Json

NAME = "欧阳植树"
CARD = "4815162342"
PERMIT = {
    "name": NAME,
    "household": "b1-1-701",
    "groups": ["north"],
    "card": CARD,
    "note": f"{NAME}的电话 13977770001",
    "reason": f"{NAME}搬入",
}


async def _post(town: Town, path: str, body: Json, who: str = "administrator") -> httpx.Response:
    async with town.client(who) as client:
        return await client.post(f"/api/v1/{path}", json=body)


async def _moves_in(town: Town) -> str:
    """A person with a card, who passed a door, is named in an incident and in a command's reason; returns his pseudonym."""
    assert (await _post(town, "permits", PERMIT)).status_code == 201
    town.lodge.settle(now())
    reported = {
        "building": "b1",
        "where": f"{NAME}家门口",
        "category": "other",
        "what": f"{NAME}报告漏水",
        "priority": 3,
    }
    assert (await _post(town, "incidents", reported)).status_code == 201
    command = {"arguments": {}, "reason": f"为{NAME}开门"}
    assert (await _post(town, "devices/b1u1/commands/unlock", command)).status_code == 200
    await _passes(town, "granted", {"part": "door1", "ref": _ref(town)})
    return (await _found(town, name=NAME))[0].person


def _ref(town: Town) -> int:
    named = ((ref, town.lodge.permits.named("b1u1", ref, now().utc)) for ref in range(8))
    return next(ref for ref, one in named if one is not None and one.name == NAME)


async def _passes(town: Town, kind: str, body: dict[str, Json], sequence: int = 1) -> None:
    event = DeviceEvent("b1u1", "300101-1", sequence, kind, body, now().boottime_ns, now().utc)
    await town.journal.submit(Entry(now(), events=(event,)))


async def _found(town: Town, who: str = "administrator", **asked: str) -> list[privacy_shapes.FoundPerson]:
    answer = await _post(town, "privacy/find", asked, who)
    assert answer.status_code == 200
    return privacy_shapes.FoundPeople.model_validate_json(answer.text).people


async def _erase(town: Town, person: str, who: str = "administrator", reason: str = "本人要求") -> httpx.Response:
    return await _post(town, "privacy/erase", {"person": person, "reason": reason}, who)


def _files_naming(folder: Path, *words: str) -> list[str]:
    """The files in whose bytes one of these words stands."""
    several = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return [path.name for path in several if any(word.encode() in path.read_bytes() for word in words)]


async def test_a_person_is_found_by_a_part_of_his_name_and_by_his_household(town: Town) -> None:
    await _moves_in(town)

    by_name, by_household = await _found(town, name="欧阳"), await _found(town, household="b1-1-701")

    assert by_name == by_household
    assert [(each.name, each.household, each.permits, each.passages) for each in by_name] == [(NAME, "b1-1-701", 1, 1)]


async def test_looking_for_everybody_is_refused_beside_the_field(town: Town) -> None:
    answer = await _post(town, "privacy/find", {})

    assert answer.status_code == 422
    assert [(each["path"], each["code"]) for each in answer.json()["errors"]] == [("body.name", "missing")]


async def test_a_look_and_a_copy_are_audited_and_neither_names_him(town: Town) -> None:
    person = await _moves_in(town)

    await _post(town, "privacy/export", {"person": person, "reason": "本人要求"})

    acts = [act for act in town.road.acts if isinstance(act, Audited)]
    assert [(act.what, act.subject) for act in acts] == [
        ("look", "persons"),
        ("export", f"person:{mark_of(person, KEY)}"),
    ]
    assert all(NAME not in str(act.body) for act in acts)


async def test_a_copy_has_all_that_is_kept_of_him_for_machines_and_to_read(town: Town) -> None:
    person = await _moves_in(town)

    answer = await _post(town, "privacy/export", {"person": person, "reason": "本人要求"})

    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        told = json.loads(archive.read("person.json"))
        page = archive.read("person.html").decode()
    assert [permit["name"] for permit in told["permits"]] == [NAME]
    assert [(each["device"], each["kind"]) for each in told["passages"]] == [("b1u1", "granted")]
    assert f"{NAME}报告漏水" in json.dumps(told["incidents"], ensure_ascii=False)
    assert {each["kind"] for each in told["mentions"]} == {"permits", "command"}
    assert "个人信息副本 Personal data" in page
    assert f"{NAME}报告漏水" in page


async def test_a_copy_is_of_one_person_alone_and_holds_no_hash(town: Town) -> None:
    person = await _moves_in(town)
    [permit] = [each for each in town.lodge.permits.permits.values() if each.name == NAME]

    answer = await _post(town, "privacy/export", {"person": person, "reason": "本人要求"})

    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        everything = b"".join(archive.read(name) for name in archive.namelist()).decode()
    assert permit.credential not in everything
    assert "李梅" not in everything


async def test_who_is_forgotten_stands_in_no_file_any_more_and_his_card_opens_nothing(
    town: Town, tmp_path: Path
) -> None:
    person = await _moves_in(town)
    [permit] = [each for each in town.lodge.permits.permits.values() if each.name == NAME]
    traces = (NAME, permit.credential, permit.person, "13977770001")
    await _passes(town, "denied_unknown", {"part": "door1", "card": permit.credential, "ref": 7}, sequence=2)
    assert "journal.db-wal" in _files_naming(tmp_path, *traces)

    answer = await _erase(town, person)

    assert answer.status_code == 200
    told = privacy_shapes.Erased.model_validate_json(answer.text)
    assert (told.erased.permits, told.complete) == (1, True)
    assert _files_naming(tmp_path, *traces) == []
    assert town.lodge.permits.permits[permit.id].standing is Standing.REVOKED
    assert (await _found(town, household="b1-1-701")) == []


async def test_a_forgotten_persons_passages_stay_nobodys(town: Town) -> None:
    person = await _moves_in(town)

    await _erase(town, person)

    async with town.client("manager") as client:
        passages = (await client.get("/api/v1/doors/b1u1/door1/passages")).json()["passages"]
    assert [(each["kind"], each["name"], each["household"]) for each in passages] == [("granted", "", "")]


async def test_what_was_typed_about_him_stays_readable_without_him(town: Town) -> None:
    person = await _moves_in(town)

    await _erase(town, person)

    async with town.client("manager") as client:
        incident = (await client.get("/api/v1/incidents/1")).json()
    assert (incident["where"], incident["what"]) == ("〔…〕家门口", "〔…〕报告漏水")
    assert [step["what"] for step in incident["timeline"]] == ["reported", "erased"]


async def test_somebody_else_of_the_same_name_keeps_his_permit(town: Town) -> None:
    person = await _moves_in(town)
    other = {**PERMIT, "household": "b1-1-902", "card": "77", "note": "", "reason": "搬入"}
    await _post(town, "permits", other)

    await _erase(town, person)

    assert [each.household for each in await _found(town, name=NAME)] == ["b1-1-902"]


async def test_an_old_copy_of_the_journal_that_names_him_is_deleted(town: Town, tmp_path: Path) -> None:
    person = await _moves_in(town)
    (tmp_path / "journal.db.version-4").write_bytes(b"old " + NAME.encode())
    (tmp_path / "journal.db.damaged-20260101T000000Z").write_bytes(b"nobody")

    answer = await _erase(town, person)

    assert answer.json()["erased"]["copies"] == 1
    assert not (tmp_path / "journal.db.version-4").exists()
    assert (tmp_path / "journal.db.damaged-20260101T000000Z").exists()


async def test_the_ledger_says_that_somebody_was_forgotten_and_not_who(town: Town) -> None:
    person = await _moves_in(town)

    await _erase(town, person)

    async with town.client("auditor") as client:
        answer = await client.get("/api/v1/privacy/erasures")
    [line] = privacy_shapes.Erasures.model_validate_json(answer.text).erasures
    assert (line.person, line.reason, line.complete) == (mark_of(person, KEY), "本人要求", True)
    assert line.by_name == "administrator"
    assert person not in answer.text
    assert town.road.assisting.carried == 2


async def test_a_reason_that_names_him_is_refused_beside_the_field(town: Town) -> None:
    person = await _moves_in(town)

    answer = await _erase(town, person, reason=f"{NAME}要求")

    assert answer.status_code == 422
    assert [(each["path"], each["code"]) for each in answer.json()["errors"]] == [("body.reason", "names_person")]
    assert len(await _found(town, name=NAME)) == 1


async def test_who_is_named_in_what_is_open_is_forgotten_when_that_has_ended(town: Town) -> None:
    person = await _moves_in(town)
    shelf = {"key": "shelf:door_held@b1u1/door1", "value": json.dumps({"reason": f"{NAME}搬家"}, ensure_ascii=False)}
    await town.journal.tend(
        lambda connection: connection.execute("INSERT INTO remembered VALUES (:key, :value)", shelf).rowcount
    )

    answer = await _erase(town, person)

    assert (answer.status_code, answer.json()["code"], answer.json()["details"]) == (409, "still_named", ["shelf"])
    assert [each.standing for each in town.lodge.permits.household("b1-1-701")] == [Standing.VALID]


async def test_a_resident_who_has_the_name_of_one_of_the_staff_is_forgotten(town: Town) -> None:
    person = await _moves_in(town)
    staff = {"key": "people:person:ou", "value": json.dumps({"name": NAME}, ensure_ascii=False)}
    await town.journal.tend(
        lambda connection: connection.execute("INSERT INTO remembered VALUES (:key, :value)", staff).rowcount
    )

    answer = await _erase(town, person)

    assert answer.status_code == 200
    assert (await _found(town, household="b1-1-701")) == []


async def test_only_an_administrator_forgets_and_only_who_keeps_permits_looks(town: Town) -> None:
    person = await _moves_in(town)

    assert (await _erase(town, person, "manager")).status_code == 403
    for who in ("viewer", "staff", "installer", "auditor"):
        assert (await _post(town, "privacy/find", {"name": NAME}, who)).status_code == 403


async def test_nobody_is_found_twice_by_a_made_up_pseudonym(town: Town) -> None:
    answer = await _erase(town, "0123456789abcdef")

    assert (answer.status_code, answer.json()["code"]) == (404, "person_unknown")
