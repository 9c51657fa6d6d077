from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.model import Change, Suppression
from gateway.serve.figure_shapes import Figures
from tests.serve.compound import forced

if TYPE_CHECKING:
    from tests.serve.compound import Town


async def test_the_figures_tell_of_each_grid_and_of_each_person(town: Town) -> None:
    await town.road.raise_alarm(forced(1))
    async with town.client("staff") as staff, town.client("manager") as manager:
        await staff.post("/api/v1/alarms/1/ack", json={})
        await staff.post("/api/v1/alarms/1/verify", json={"real": False, "cause": "steam"})
        answer = await manager.get("/api/v1/figures")
        found = Figures.model_validate_json(answer.text)

    [grid] = found.grids
    [person] = found.answered
    assert (grid.load.annunciations, grid.by_priority, grid.load.worst) == (1, [0, 1, 0, 0], 1)
    assert [(top.rule, top.share) for top in grid.top] == [("door_forced", 1.0)]
    assert (person.name, person.answers.taken, person.answers.false_share) == ("staff", 1, 1.0)
    assert (found.end - found.start).days == 7


async def test_they_are_for_those_who_answer_for_the_staff_and_of_their_grids(town: Town) -> None:
    await town.road.raise_alarm(forced(1, suppression=Suppression.NONE), Change.RAISED)

    async with town.client("staff") as staff, town.client("manager") as manager:
        refused = await staff.get("/api/v1/figures")
        elsewhere = Figures.model_validate_json((await manager.get("/api/v1/figures?grid=g9")).text)

    assert (refused.status_code, refused.json()["code"]) == (403, "role")
    assert (elsewhere.grids, elsewhere.answered) == ([], [])


async def test_a_time_that_ends_before_it_begins_and_one_of_years_are_refused(town: Town) -> None:
    async with town.client("manager") as client:
        codes = [
            (await client.get(f"/api/v1/figures?start={start}&end={end}")).json()["code"]
            for start, end in (
                ("2026-02-01T00:00:00Z", "2026-01-01T00:00:00Z"),
                ("2020-01-01T00:00:00Z", "2026-01-01T00:00:00Z"),
            )
        ]

    assert codes == ["span_wrong", "span_wrong"]
