"""Who is on duty in each grid, its hand-over sheet, and the hand-over itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.decide.people.week import DAY_MINUTES, DAYS
from gateway.duty import HandOver, PutShifts, PutTeam, RingDuty, Shift, TakeOver
from gateway.model import Recorded
from gateway.serve import duty_shapes
from gateway.serve.acts import walk
from gateway.serve.asks import Ask, Asking, answer
from gateway.serve.duty_asks import (  # noqa: TC001 - FastAPI reads annotations at run time
    GridId,
    HandOverBody,
    ShiftBody,
    ShiftsBody,
    TakeOverBody,
    TeamBody,
    TestNumber,
)
from gateway.serve.duty_sheet import duty_body, sheet_body, somebody
from gateway.serve.instants import iso
from gateway.serve.problems import unknown

if TYPE_CHECKING:
    from fastapi import APIRouter
    from starlette.responses import Response

    from gateway.decide.people.rules import GridRules


async def duties(ask: Asking) -> Response:
    """Who is on duty in every grid."""
    staff = ask.house.duty.staff
    seen = [grid for grid in staff.grids.values() if not ask.scope or grid.id in ask.scope]
    bodies = [duty_body(staff, grid) for grid in seen]
    return answer({"now": iso(ask.house.now().utc), "clock_lost": staff.clock_lost, "grids": bodies})


async def duty_sheet(ask: Asking, grid: GridId) -> Response:
    """The hand-over sheet of a grid, as it is at this moment."""
    return answer(sheet_body(ask.house, _known(ask, grid)))


async def hand_over(ask: Asking, grid: GridId, body: HandOverBody) -> Response:
    """Write a note for whoever comes, who is told to take over."""
    _known(ask, grid)
    await walk(ask, HandOver(ask.actor, grid, body.note))
    return _duty(ask, grid)


async def take_over(ask: Asking, grid: GridId, body: TakeOverBody) -> Response:
    """Take a grid over by name: from now on this person answers for it."""
    _known(ask, grid)
    await walk(ask, TakeOver(ask.actor, grid, body.person))
    return _duty(ask, grid)


async def ring_duty(ask: Asking, grid: GridId) -> Response:
    """Prove that whoever is on duty can be reached: a test message over each of his ways."""
    _known(ask, grid)
    outcomes = await walk(ask, RingDuty(ask.actor, grid))
    said = next(outcome.body for outcome in outcomes if isinstance(outcome, Recorded) and outcome.kind == "duty")
    called = [somebody(ask.house.duty.staff, person) for person in said["persons"]]
    return answer({"test": said["test"], "called": called}, 202)


async def test_call(ask: Asking, test: TestNumber) -> Response:
    """What became of the messages of a test call so far; none of a test in other grids."""
    staff = ask.house.duty.staff
    kept = await ask.house.records.notices_about(f"test:{test}")
    messages = [
        {
            "channel": each.notice.channel,
            "person": somebody(staff, each.notice.person),
            "fate": each.fate.value,
            "why": each.why,
        }
        for each in kept
        if not ask.scope or each.notice.place.grid in ask.scope
    ]
    return answer({"test": test, "messages": messages})


async def put_shifts(ask: Asking, grid: GridId, body: ShiftsBody) -> Response:
    """Write the roster of a grid, whole; it counts at once."""
    _known(ask, grid)
    shifts = tuple(_shift(grid, number, shift) for number, shift in enumerate(body.shifts, 1))
    await walk(ask, PutShifts(ask.actor, grid, shifts))
    return _duty(ask, grid)


async def put_team(ask: Asking, grid: GridId, body: TeamBody) -> Response:
    """Say who has which role in a grid's team."""
    _known(ask, grid)
    team = {role: tuple(dict.fromkeys(several)) for role, several in body.team.items()}
    await walk(ask, PutTeam(ask.actor, grid, team))
    return _duty(ask, grid)


def _known(ask: Ask, grid: str) -> GridRules:
    known = ask.house.duty.staff.grids.get(grid)
    if known is None or (ask.scope and grid not in ask.scope):
        raise unknown("grid", grid)
    return known


def _duty(ask: Ask, grid: str) -> Response:
    return answer(duty_body(ask.house.duty.staff, _known(ask, grid)))


def _shift(grid: str, number: int, body: ShiftBody) -> Shift:
    begins, ends = _minute(body.from_), _minute(body.to)
    days = frozenset(DAYS.index(day) for day in body.days)
    minutes = ends - begins + (DAY_MINUTES if ends <= begins else 0)
    return Shift(f"{grid}-{number}", grid, body.name, days, begins, minutes, body.person, body.deputy)


def _minute(clock: str) -> int:
    hours, _, minutes = clock.partition(":")
    return int(hours) * 60 + int(minutes)


_GRID = "/api/v1/duty/{grid}"
_ACT: dict[int | str, dict[str, Any]] = {404: {}, 409: {}, 503: {}}


def add_routes(router: APIRouter) -> None:
    """The routes of duty."""
    duty, sheet = duty_shapes.Duty, duty_shapes.Sheet
    router.add_api_route("/api/v1/duty", duties, response_model=duty_shapes.Duties)
    router.add_api_route(f"{_GRID}/sheet", duty_sheet, response_model=sheet, responses={404: {}})
    router.add_api_route(f"{_GRID}/hand-over", hand_over, methods=["POST"], response_model=duty, responses=_ACT)
    router.add_api_route(f"{_GRID}/take-over", take_over, methods=["POST"], response_model=duty, responses=_ACT)
    router.add_api_route("/api/v1/duty/tests/{test}", test_call, response_model=duty_shapes.TestCall)
    shape = duty_shapes.Rung
    router.add_api_route(
        f"{_GRID}/ring", ring_duty, methods=["POST"], status_code=202, response_model=shape, responses=_ACT
    )
    router.add_api_route(f"{_GRID}/shifts", put_shifts, methods=["PUT"], response_model=duty, responses=_ACT)
    router.add_api_route(f"{_GRID}/team", put_team, methods=["PUT"], response_model=duty, responses=_ACT)
