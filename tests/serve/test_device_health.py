"""Every device with how it is, the worst first, and its last day in pieces."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drivers.contract import Link
from gateway.model import LinkSaid
from gateway.serve.device_health import BEATS, MOST_BARS, Beats, Healths
from tests.serve.compound import FlatPlot

if TYPE_CHECKING:
    import pytest

    from tests.serve.compound import Town

ROUTE = "/api/v1/device-health"


async def seen(town: Town, who: str = "administrator", **query: str | int) -> Healths:
    async with town.client(who) as client:
        return Healths.model_validate_json((await client.get(ROUTE, params=query)).text)


async def test_the_worst_stand_first_and_each_state_is_counted(town: Town) -> None:
    await town.road.release(
        LinkSaid("b1u2", is_line=False, link=Link.LOST, why="no reply"),
        LinkSaid("gate", is_line=False, link=Link.MISCONFIGURED, why="another serial"),
    )

    told = await seen(town)

    assert [(each.id, each.state) for each in told.devices[:2]] == [("gate", "misconfigured"), ("b1u2", "offline")]
    assert told.devices[1].why == "no reply"
    assert told.counts["offline"] == told.counts["misconfigured"] == 1
    assert told.total == sum(told.counts.values()) == len(told.devices)


async def test_only_those_that_are_ill_or_of_one_state_are_shown_when_asked(town: Town) -> None:
    await town.road.release(LinkSaid("b1u2", is_line=False, link=Link.LOST, why="no reply"))

    ill, offline = await seen(town, state="ill"), await seen(town, state="offline")

    assert "b1u2" in {each.id for each in ill.devices}
    assert not {"well", "unmounted"} & {each.state for each in ill.devices}
    assert [each.id for each in offline.devices] == ["b1u2"]


async def test_devices_are_found_by_id_and_by_place_and_come_in_pages(town: Town) -> None:
    found, first = await seen(town, search="B1U1"), await seen(town, limit=1)
    second = await seen(town, limit=1, offset=1)

    assert [each.id for each in found.devices] == ["b1u1"]
    assert (len(first.devices), first.total) == (1, second.total)
    assert first.devices != second.devices


async def test_who_is_bound_to_a_grid_sees_its_devices_alone(town: Town) -> None:
    told, everything = await seen(town, "bound", limit=200), await seen(town, limit=200)

    mine = {each.id for each in told.devices}
    assert mine < {each.id for each in everything.devices}
    assert mine


async def test_a_day_has_48_pieces_that_say_when_a_device_was_heard(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = ("good", "uncertain", "gap", "bad") * (BEATS // 4)
    monkeypatch.setattr(FlatPlot, "__init__", lambda self: object.__setattr__(self, "quality", told))

    async with town.client() as client:
        answer = await client.get(f"{ROUTE}/beats", params={"devices": "b1u1,gate"})
    beats = Beats.model_validate_json(answer.text)

    assert beats.beats == {"b1u1": "hpnh" * (BEATS // 4), "gate": "hpnh" * (BEATS // 4)}
    [(_, _, start, end, pixels), _] = town.past.asked
    assert (start % 1800, pixels) == (0, BEATS)
    assert (end - start) // 1800 == BEATS - 1


async def test_a_device_that_was_never_heard_before_has_missed_nothing(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = ("gap",) * (BEATS - 1) + ("good",)
    answers = iter((told, ("gap",), told, ("good",)))
    monkeypatch.setattr(FlatPlot, "__init__", lambda self: object.__setattr__(self, "quality", next(answers)))

    async with town.client() as client:
        beats = (await client.get(f"{ROUTE}/beats", params={"devices": "b1u1,gate"})).json()["beats"]

    assert beats == {"b1u1": "-" * (BEATS - 1) + "h", "gate": "n" * (BEATS - 1) + "h"}


async def test_bars_are_of_what_may_be_seen_and_of_one_screen(town: Town) -> None:
    async with town.client("bound") as bound, town.client() as client:
        strange = await bound.get(f"{ROUTE}/beats", params={"devices": "gate"})
        many = await client.get(f"{ROUTE}/beats", params={"devices": ",".join(map(str, range(MOST_BARS + 1)))})

    assert (strange.status_code, strange.json()["code"]) == (404, "device_unknown")
    assert (many.status_code, many.json()["errors"][0]["code"]) == (422, "too_many")
