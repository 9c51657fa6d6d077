"""The figures of alarms: how many, how long, how many false; by grid and by person."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

from fastapi import Query
from pydantic import AwareDatetime, BeforeValidator, Field

from gateway.serve.asks import Asked, Asking, answer
from gateway.serve.figure_shapes import Figures
from gateway.serve.instants import iso
from gateway.serve.problems import Problem

if TYPE_CHECKING:
    from fastapi import APIRouter
    from starlette.responses import Response

    from gateway.keep.alarm_figures import Answers
    from gateway.serve.views import Body

DAY_SECONDS = 86_400.0
LONGEST_SECONDS = 92 * DAY_SECONDS
"""A quarter: seconds of work for a reader of the journal."""


def _written_out(said: object) -> object:
    """A bare number is no moment: pydantic would take it for seconds since 1970."""
    if isinstance(said, str) and "T" not in said.upper():
        raise ValueError("must be a date and a time with its zone, such as 2026-11-21T08:00:00Z")
    return said


Moment = Annotated[AwareDatetime, BeforeValidator(_written_out)]


class FiguresQuery(Asked):
    """Which time, and whose grids."""

    start: Annotated[Moment | None, Field(description="From when on; 7 days before the end if left out.")] = None
    end: Annotated[Moment | None, Field(description="Until when; now if left out.")] = None
    grid: Annotated[str, Field(description="Only of this grid.", max_length=80)] = ""


async def figures(ask: Asking, query: Annotated[FiguresQuery, Query()]) -> Response:
    """How many alarms people have to look at, and how they fare."""
    end_utc = query.end.timestamp() if query.end else ask.house.now().utc
    start_utc = query.start.timestamp() if query.start else end_utc - 7 * DAY_SECONDS
    if not 0 < end_utc - start_utc <= LONGEST_SECONDS:
        raise Problem(409, "span_wrong", "the figures are of a time that ends after it begins, and of 92 days at most")
    if ask.scope and query.grid and query.grid not in ask.scope:
        raise Problem(403, "grid", "this is not your grid")
    wanted = frozenset({query.grid} if query.grid else ask.scope)
    found = await ask.house.records.alarm_figures(start_utc, end_utc, wanted)
    return answer(
        {
            "start": iso(start_utc),
            "end": iso(end_utc),
            "grids": [
                {
                    "grid": grid.grid,
                    "load": asdict(grid.load),
                    "by_priority": [*grid.by_priority.values()],
                    "stale": grid.stale,
                    "chattering": grid.chattering,
                    "top": [source._asdict() for source in grid.top],
                    "answers": _answers(grid.answers),
                }
                for grid in found.grids
            ],
            "told": [{"person": person, "load": asdict(load)} for person, load in found.told.items()],
            "answered": [{"name": name, "answers": _answers(each)} for name, each in found.answered.items()],
        }
    )


def _answers(answers: Answers) -> Body:
    verified = answers.real + answers.false
    return {**asdict(answers), "false_share": answers.false / verified if verified else None}


def add_routes(router: APIRouter) -> None:
    """The route of the figures."""
    router.add_api_route("/api/v1/figures", figures, response_model=Figures, responses={409: {}})
