from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.incident import CallFalseIncident, GoToIncident, ReportIncident
from gateway.model import Place
from gateway.serve import incident_shapes
from tests.keep.pictures import SECRET, exif, jpeg, png
from tests.serve.compound import now
from tests.serve.working import KITCHEN

if TYPE_CHECKING:
    import httpx

    from tests.serve.compound import Town

INCIDENTS = "/api/v1/incidents"
PHOTO = "/api/v1/incidents/photos"
JPEG = {"Content-Type": "image/jpeg"}


async def _burns(town: Town, source: str = "s1", place: Place = KITCHEN) -> None:
    """An alarm is raised, and its incident is opened."""
    await town.road.release(*town.road.work.alarm(source, now(), place=place))


async def _get(town: Town, path: str = "", who: str = "staff") -> httpx.Response:
    async with town.client(who) as client:
        return await client.get(INCIDENTS + path)


async def _post(town: Town, path: str, body: object = None, who: str = "staff") -> httpx.Response:
    async with town.client(who) as client:
        return (
            await client.post(INCIDENTS + path, json=body) if body is not None else await client.post(INCIDENTS + path)
        )


async def _steps(town: Town, *steps: tuple[str, Any, str]) -> httpx.Response:
    for path, body, who in steps:
        said = await _post(town, path, body, who)
        assert said.status_code == 200, (path, said.text)
    return said


async def test_what_is_open_is_listed_with_the_button_of_whoever_looks(town: Town) -> None:
    await _burns(town)

    found = incident_shapes.Incidents.model_validate_json((await _get(town)).text)

    assert (found.total, found.next) == (1, None)
    one = found.incidents[0]
    assert (one.state, one.person, one.person_name, one.priority) == ("assigned", "zhang", "张三", 2)
    assert (one.place.building_name, one.category.name) == ("1号楼", "火情")
    assert one.next is not None
    assert (one.next.act, one.next.label) == ("go", "我去")
    assert [each.stage for each in one.limits] == ["arrive", "handle"]


async def test_staff_see_one_button_after_the_other_and_then_none(town: Town) -> None:
    await _burns(town)
    seen = []
    for path, body in (
        ("/go", None),
        ("/arrive", None),
        ("/handle", {"what": "开窗通风"}),
        ("/feedback", {"cause": "cooking"}),
    ):
        seen.append((await _post(town, f"/1{path}", body)).json()["next"]["label"] if path != "/feedback" else None)
    last = await _post(town, "/1/feedback", {"cause": "cooking"})

    assert seen[:3] == ["到了", "处理完", "反馈"]
    assert last.json()["next"] is None


async def test_the_desk_verifies_and_closes_what_another_did(town: Town) -> None:
    await _burns(town)
    await _steps(
        town, ("/1/go", None, "staff"), ("/1/arrive", None, "staff"), ("/1/handle", {"what": "好了"}, "staff"),
        ("/1/feedback", {"note": "谢谢"}, "staff"),
    )  # fmt: skip
    own = await _post(town, "/1/verify", {"good": True})
    stands = await _post(town, "/1/verify", {"good": True}, "manager")
    await town.road.release(*town.road.work.clear("s1", now()))

    last = await _steps(town, ("/1/verify", {"good": True}, "manager"), ("/1/close", {}, "manager"))

    assert (own.status_code, own.json()["code"]) == (403, "role")
    assert (stands.status_code, stands.json()["code"]) == (409, "alarm_active")
    assert (last.json()["state"], last.json()["next"]) == ("closed", None)


async def test_to_go_takes_the_alarm_too(town: Town) -> None:
    await _burns(town)

    body = (await _post(town, "/1/go")).json()

    assert [step["what"] for step in body["timeline"]] == ["alarm_raised", "opened", "went", "alarm_acked"]
    assert town.road.work.watches.book.open["smoke@s1"].acked_by == "staff"


async def test_all_that_happened_is_told_in_order(town: Town) -> None:
    await _burns(town)
    await _post(town, "/1/whistle", {"department": "gas", "what": "请关阀"})
    await _post(town, "/1/department", {"department": "gas", "arrived": True})

    detail = incident_shapes.IncidentDetail.model_validate_json((await _get(town, "/1")).text)

    assert [each.what for each in detail.timeline] == ["alarm_raised", "opened", "whistled", "department_arrived"]
    assert [each.seq for each in detail.timeline] == sorted(each.seq for each in detail.timeline)
    assert (detail.timeline[2].by, detail.timeline[2].note) == ("staff", "请关阀")
    assert detail.timeline[2].details == {"department": "gas"}
    assert detail.departments[0].name == "燃气公司"
    assert detail.departments[0].arrived is not None


async def test_a_viewer_is_told_no_names_and_nothing_that_people_wrote(town: Town) -> None:
    body = {"building": "b1", "category": "environment", "what": "李四家的垃圾", "where": "三楼门口"}
    await _post(town, "", body)
    await _post(town, "/1/accept", {"person": "li"}, "manager")

    told = await _get(town, "/1", "viewer")

    assert told.status_code == 200
    assert not [word for word in ("李四", "三楼", "manager", "staff") if word in told.text]
    assert told.json()["next"] is None


async def test_what_a_person_reports_is_an_incident_of_its_own(town: Town) -> None:
    body = {"building": "b1", "unit": "2", "category": "environment", "what": "垃圾没有清", "priority": 3}

    made = await _post(town, "", body)

    assert made.status_code == 201
    detail = incident_shapes.IncidentDetail.model_validate_json(made.text)
    assert (detail.state, detail.what, detail.place.unit) == ("reported", "垃圾没有清", "2")
    assert [each.kind for each in town.road.work.told] == ["incident"]


REFUSED: list[tuple[str, object, int, str]] = [
    ("", {"building": "b9", "category": "fire", "what": "x"}, 404, "building_unknown"),
    ("", {"building": "b1", "category": "no", "what": "x"}, 404, "category_unknown"),
    ("", {"building": "b1", "category": "fire", "what": ""}, 422, "invalid"),
    ("", {"building": "b1", "category": "fire", "what": "x", "priority": 9}, 422, "invalid"),
    ("/1/arrive", None, 409, "incident_state"),
    ("/9/go", None, 404, "incident_unknown"),
    ("/0/go", None, 404, "not_found"),
    ("/1/false", {"cause": "because"}, 422, "invalid"),
    ("/1/extend", {"hours": 1e300, "reason": "x"}, 422, "invalid"),
    ("/1/merge", {"into": 7}, 404, "incident_unknown"),
    ("/1/whistle", {"department": "nasa", "what": "x"}, 404, "department_unknown"),
    ("/1/accept", {"person": "nobody"}, 403, "role"),
]


async def test_what_cannot_be_is_refused(town: Town) -> None:
    await _burns(town)

    said = [(path, body, await _post(town, path, body)) for path, body, _, _ in REFUSED]

    assert [(path, body, one.status_code, one.json()["code"]) for path, body, one in said] == REFUSED


async def test_whoever_is_bound_to_a_grid_sees_and_works_only_what_is_in_it(town: Town) -> None:
    await _burns(town, "s2", Place("b2", "1", "楼道", "g2"))
    await _burns(town)

    listed = (await _get(town, "", "bound")).json()["incidents"]
    other, mine = await _get(town, "/1", "bound"), await _get(town, "/2", "bound")
    worked = await _post(town, "/1/go", None, "bound")

    assert [each["number"] for each in listed] == [2]
    assert (other.status_code, mine.status_code, worked.status_code) == (404, 200, 404)


async def test_what_ended_is_listed_the_latest_first_and_by_grid(town: Town) -> None:
    await _burns(town)
    await _burns(town, "s2", Place("b2", "1", "楼道", "g2"))
    for number in (1, 2):
        await _post(town, f"/{number}/false", {"cause": "cooking"})

    both, of_g2 = await _get(town, "?state=closed"), await _get(town, "?state=closed&grid=g2")
    bound = await _get(town, "?state=closed", "bound")
    none = await _get(town, "?state=closed&grid=g2", "bound")
    page = await _get(town, "?state=closed&limit=1")
    rest = await _get(town, f"?state=closed&limit=1&before={page.json()['next']}")

    def numbers(said: httpx.Response) -> list[int]:
        return [each["number"] for each in said.json()["incidents"]]

    assert [numbers(each) for each in (both, of_g2, bound, none, page, rest)] == [[2, 1], [2], [1], [], [2], [1]]
    assert (await _get(town)).json()["incidents"] == []


async def test_what_ended_long_ago_is_read_from_the_journal(town: Town) -> None:
    await _burns(town)
    await _post(town, "/1/false", {"cause": "cooking", "note": "炒菜"})
    town.road.work.incidents._book.all.clear()

    detail = incident_shapes.IncidentDetail.model_validate_json((await _get(town, "/1")).text)

    assert (detail.state, detail.cause, detail.timeline[-1].note) == ("false_alarm", "cooking", "炒菜")
    assert (await _post(town, "/1/go")).status_code == 404
    assert [each["number"] for each in (await _get(town, "?state=closed")).json()["incidents"]] == [1]


async def test_two_become_one(town: Town) -> None:
    for _ in range(2):
        await _post(town, "", {"building": "b1", "category": "environment", "what": "垃圾"})

    said = await _post(town, "/1/merge", {"into": 2}, "manager")

    assert (said.json()["state"], said.json()["merged_into"]) == ("merged", 2)


# ---------------------------------------------------------------- photos


async def _upload(town: Town, content: bytes, headers: dict[str, str] = JPEG, who: str = "staff") -> httpx.Response:
    async with town.client(who) as client:
        return await client.post(PHOTO, content=content, headers=headers)


async def test_a_photo_goes_with_what_was_done_and_is_seen_there(town: Town) -> None:
    await _burns(town)
    made = incident_shapes.PhotoTaken.model_validate_json((await _upload(town, jpeg(exif(6)))).text)
    await _steps(town, ("/1/go", None, "staff"), ("/1/arrive", None, "staff"))

    said = await _post(town, "/1/handle", {"what": "好了", "photos": [made.sha256]})
    photo = await _get(town, f"/1/photos/{made.sha256}", "auditor")

    assert said.json()["photos"] == [made.sha256]
    assert (photo.status_code, photo.headers["content-type"]) == (200, "image/jpeg")
    assert photo.headers["x-content-type-options"] == "nosniff"
    assert SECRET not in photo.content


async def test_a_photo_is_seen_with_its_incident_alone(town: Town) -> None:
    await _burns(town, "s1", Place("b2", "1", "楼道", "g2"))
    name = (await _upload(town, png(), {"Content-Type": "image/png"})).json()["sha256"]
    nobodys = await _get(town, f"/1/photos/{name}")
    await _steps(town, ("/1/go", None, "staff"), ("/1/arrive", None, "staff"))
    await _post(town, "/1/handle", {"what": "好了", "photos": [name]})

    assert nobodys.status_code == 404
    assert (await _get(town, f"/1/photos/{name}", "bound")).status_code == 404
    assert (await _get(town, f"/1/photos/{name}", "viewer")).status_code == 403
    assert (await _get(town, f"/1/photos/{name}")).status_code == 200


async def test_a_photo_that_was_not_uploaded_is_unknown(town: Town) -> None:
    await _burns(town)
    await _steps(town, ("/1/go", None, "staff"), ("/1/arrive", None, "staff"))

    said = await _post(town, "/1/handle", {"what": "好了", "photos": ["a" * 64]})

    assert (said.status_code, said.json()["code"]) == (404, "photo_unknown")


NO_PHOTOS: list[tuple[bytes, str, int, str]] = [
    (b"hello", "image/jpeg", 409, "photo_wrong"),
    (b"<svg onload='x'/>", "image/png", 409, "photo_wrong"),
    (jpeg(), "image/svg+xml", 415, "media_type"),
    (jpeg(), "application/json", 415, "media_type"),
    (jpeg() + bytes(5_000_000), "image/jpeg", 413, "too_large"),
    (b"", "image/jpeg", 409, "photo_wrong"),
]


async def test_what_is_no_photo_is_refused(town: Town) -> None:
    said = [await _upload(town, content, {"Content-Type": media}) for content, media, _, _ in NO_PHOTOS]

    assert [(one.status_code, one.json()["code"]) for one in said] == [
        (status, code) for _, _, status, code in NO_PHOTOS
    ]
    assert not (town.road.work.folder / "photos").exists()


async def test_acts_go_down_the_road_as_they_were_said(town: Town) -> None:
    await _burns(town)
    await _post(town, "/1/go")
    await _post(town, "/1/false", {"cause": "cooking", "note": "炒菜"})
    await _post(town, "", {"building": "b1", "category": "fire", "what": "烟", "where": "三楼", "priority": 1})

    went, false, reported = town.road.acts

    assert isinstance(went, GoToIncident)
    assert isinstance(false, CallFalseIncident)
    assert (false.number, false.cause, false.note, false.actor.name) == (1, "cooking", "炒菜", "staff")
    assert isinstance(reported, ReportIncident)
    assert (reported.where, reported.priority) == ("三楼", 1)
