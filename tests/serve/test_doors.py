from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from drivers.contract import Command, DeviceEvent, Fault, Link, Outcome, Quality, Result, Sample
from gateway.decide.commissioning import CommissioningRecord
from gateway.model import Ended, Entry, LinkSaid, Send, StaleSaid
from gateway.serve import door_shapes
from tests.serve.compound import CALM, OPEN, Town, now

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drivers.contract import Json

PASSAGES = "/api/v1/doors/b1u1/door1/passages"
SIGNED = CommissioningRecord("b1u1", 1.0, "安装工", "300101", {}, signed_utc=2.0, signed_by="安装工")


async def _doors(town: Town, who: str = "viewer") -> dict[str, door_shapes.Door]:
    async with town.client(who) as client:
        doors = door_shapes.Doors.model_validate_json((await client.get("/api/v1/doors")).text)
    return {door.id: door for door in doors.doors}


async def _passages(town: Town, who: str = "staff", query: str = "") -> list[door_shapes.Passage]:
    async with town.client(who) as client:
        answer = await client.get(f"{PASSAGES}{query}")
    return door_shapes.Passages.model_validate_json(answer.text).passages


async def _happens(
    town: Town, sequence: int, kind: str, body: Mapping[str, Json], device: str = "b1u1", measured: float | None = None
) -> None:
    event = DeviceEvent(device, "300101-1", sequence, kind, body, now().boottime_ns, measured)
    await town.journal.submit(Entry(now(), events=(event,)))


def _ref(town: Town, device: str, permit: str) -> int:
    """The index by which a controller tells of a permit."""
    named = ((ref, town.lodge.permits.named(device, ref, now().utc)) for ref in range(8))
    return next(ref for ref, one in named if one is not None and one.id == permit)


async def test_the_door_list_tells_what_each_door_is_and_how_it_was_last_heard(town: Town) -> None:
    town.road.hear("b1u1", OPEN)

    door = (await _doors(town))["b1u1/door1"]

    assert (door.name, door.building_name, door.entrance, door.grid) == ("单元大门", "1号楼", "1", "g1")
    assert (door.escape, door.lock, door.owner, door.maintainer) == (True, "fail_safe", "物业", "某某门禁公司")
    assert (door.link, door.fresh, door.open, door.unlocked, door.forced, door.held) == (
        "up",
        True,
        True,
        False,
        False,
        False,
    )
    assert (door.mode, door.fire_released, door.lockdown) == (None, None, None), "the product does not tell"
    assert door.commands.model_dump() == {
        "unlock": "unlock",
        "hold_free": None,
        "lockdown": None,
        "fire_reset": None,
        "relay_test": None,
    }


async def test_a_door_that_is_lost_or_silent_is_not_fresh_and_keeps_what_was_last_heard(town: Town) -> None:
    town.road.hear("b1u1", OPEN)
    await town.road.release(LinkSaid("b1u1", is_line=False, link=Link.LOST, why="no answer"))
    town.house.latest.held("b1u2", 0).stale = True
    await town.road.release(StaleSaid("b1u2", 0, stale=True))

    doors = await _doors(town)

    assert (doors["b1u1/door1"].link, doors["b1u1/door1"].fresh, doors["b1u1/door1"].open) == ("lost", False, True)
    assert (doors["b1u2/door1"].link, doors["b1u2/door1"].fresh) == ("up", False)


async def test_a_bad_value_of_a_door_is_no_value(town: Town) -> None:
    fault = Fault(Quality.BAD, "line cut")
    town.house.latest.take(Sample("b1u1", 0, CALM, (fault, None, None, None), now().boottime_ns))

    assert (await _doors(town))["b1u1/door1"].open is None


async def test_a_door_tells_how_far_its_controller_has_the_permits(town: Town) -> None:
    town.lodge.commits("b1u1", now())
    state = town.lodge.permits.tables["b1u2"]
    told = {"permits_version": 0, "permits_sum": 0, "permits_users": 0, "permits_left": 2, "permits_total": 3}
    town.lodge.permits.table("b1u2", {**told, "permits_state": "writing"}, now())

    doors = await _doors(town)

    assert state.wanted_version > 0
    assert doors["b1u1/door1"].table.state == "current"
    assert doors["b1u2/door1"].table.model_dump() == {"state": "writing", "left": 2, "total": 3}
    assert doors["b2u1/door1"].table.state in {"unknown", "behind"}


async def test_what_was_writing_when_it_was_lost_is_behind(town: Town) -> None:
    told = {"permits_version": 0, "permits_sum": 0, "permits_users": 0, "permits_left": 2, "permits_total": 3}
    town.lodge.permits.table("b1u2", {**told, "permits_state": "writing"}, now())
    await town.road.release(LinkSaid("b1u2", is_line=False, link=Link.LOST, why="no answer"))

    assert (await _doors(town))["b1u2/door1"].table.state == "behind"


async def test_a_door_is_in_service_once_it_was_signed_for_and_again_after_a_replacement(town: Town) -> None:
    before = (await _doors(town))["b1u1/door1"].standing
    town.lodge.installing.records["b1u1"] = SIGNED
    signed = (await _doors(town))["b1u1/door1"].standing
    town.lodge.installing.replaced.add("b1u1")
    replaced = (await _doors(town))["b1u1/door1"].standing

    assert (before, signed, replaced) == ("not_commissioned", "in_service", "replacing")


async def test_an_actor_bound_to_a_grid_sees_the_doors_of_that_grid_alone(town: Town) -> None:
    async with town.client("bound") as client:
        answers = [
            await client.get(f"/api/v1/doors/{door}/passages") for door in ("b1u1/door1", "b2u1/door1", "gate/door1")
        ]

    assert (await _doors(town, "bound")).keys() == {"b1u1/door1", "b1u2/door1"}
    assert [answer.status_code for answer in answers] == [200, 404, 404]


async def test_a_reload_shows_the_doors_of_the_new_layout(town: Town) -> None:
    before = await _doors(town)
    layout = town.hub.views.layout
    renamed = replace(layout.doors["b1u1/door1"], name="东门")
    town.hub.adopt(replace(layout, doors={"b1u1/door1": renamed}))

    after = await _doors(town)

    assert len(before) == 4
    assert {door.id: door.name for door in after.values()} == {"b1u1/door1": "东门"}


@pytest.mark.parametrize("who", ["staff", "manager", "administrator"])
async def test_who_passed_is_told_by_name_to_those_who_see_permits(town: Town, who: str) -> None:
    ref = _ref(town, "b1u1", "p1")
    await _happens(town, 1, "granted", {"part": "door1", "ref": ref}, measured=now().utc)

    [passage] = await _passages(town, who)

    assert (passage.kind, passage.name, passage.household, passage.permit, passage.visitor) == (
        "granted",
        "李梅",
        "b1-1-501",
        "p1",
        False,
    )
    assert passage.measured is not None


@pytest.mark.parametrize("who", ["viewer", "auditor", "installer"])
async def test_that_somebody_passed_is_told_to_others_but_not_who(town: Town, who: str) -> None:
    await _happens(town, 1, "granted", {"part": "door1", "ref": _ref(town, "b1u1", "p1")})

    [passage] = await _passages(town, who)

    assert passage.kind == "granted"
    assert (passage.name, passage.household, passage.permit, passage.visitor) == (None, None, None, None)


async def test_an_unknown_card_is_told_without_its_hash(town: Town) -> None:
    await _happens(town, 1, "denied_unknown", {"part": "door1", "ref": 0xDEADBEEF, "card": "00c0ffee00c0ffee"})

    async with town.client("administrator") as client:
        texts = [(await client.get(path)).text for path in (PASSAGES, "/api/v1/events?kind=event")]

    assert all("denied_unknown" in text for text in texts)
    assert not any("c0ffee" in text for text in texts)


async def test_passages_are_those_of_one_door_with_the_gaps_of_its_controller_newest_first(town: Town) -> None:
    await _happens(town, 1, "opened", {"part": "door1", "ref": 0})
    await _happens(town, 1, "opened", {"part": "door1", "ref": 0}, device="b1u2")
    await _happens(town, 2, "opened", {"part": "door2", "ref": 0})
    await _happens(town, 3, "boot", {"part": "", "ref": 1})
    await _happens(town, 4, "gap", {"from": 4, "to": 9, "why": "overrun"})
    await _happens(town, 9, "closed", {"part": "door1", "ref": 0})

    newest = await _passages(town)
    [last] = await _passages(town, query="?limit=1")
    older = await _passages(town, query=f"?before={last.seq}")

    assert [passage.kind for passage in newest] == ["closed", "gap", "opened"]
    assert newest[1].gap == door_shapes.Gap(first=4, until=9, why="overrun")
    assert [passage.kind for passage in older] == ["gap", "opened"]


async def _unlocked(town: Town, command: int, reason: str = "快递") -> None:
    sent = Command(command, "b1u1", "unlock", {}, 0)
    await town.road.release(Send(sent, "王经理", reason))
    await town.road.release(Ended(sent, Result(Outcome.DONE), "王经理"))


async def test_a_remote_unlock_tells_who_did_it_and_why(town: Town) -> None:
    await _unlocked(town, 65_536 + 7)
    await _happens(town, 1, "remote_unlock", {"part": "door1", "ref": 7})

    [told] = await _passages(town, "auditor")
    [untold] = await _passages(town, "viewer")

    assert told.remote == door_shapes.RemoteUnlock(actor="王经理", reason="快递", command=65_543)
    assert untold.remote is None


async def test_a_remote_unlock_is_known_too_where_its_controller_tells_of_it_before_the_command_has_ended(
    town: Town,
) -> None:
    sent = Command(7, "b1u1", "unlock", {}, 0)
    await town.road.release(Send(sent, "王经理", "快递"))
    await _happens(town, 1, "remote_unlock", {"part": "door1", "ref": 7})
    await town.road.release(Ended(sent, Result(Outcome.DONE), "王经理"))

    [told] = await _passages(town, "auditor")

    assert told.remote == door_shapes.RemoteUnlock(actor="王经理", reason="快递", command=7)


async def test_a_remote_unlock_that_was_not_ours_or_long_after_ours_is_nobodys(town: Town) -> None:
    await _unlocked(town, 7)
    await _happens(town, 1, "remote_unlock", {"part": "door1", "ref": 8})
    late = now()
    event = DeviceEvent("b1u1", "300101-1", 2, "remote_unlock", {"part": "door1", "ref": 7}, late.boottime_ns)
    await town.journal.submit(Entry(late._replace(utc=late.utc + 3600), events=(event,)))

    passages = await _passages(town)

    assert [passage.remote for passage in passages] == [None, None]
