"""The shapes of the figures of alarms; see `shapes.py`."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - pydantic reads annotations at run time
from typing import Annotated

from pydantic import Field

from gateway.serve.shape import Shape


class Load(Shape):
    """How many new alarms there were."""

    annunciations: Annotated[int, Field(description="New alarms that people were told of; tests and trials are none.")]
    mean: Annotated[float, Field(description="In ten minutes on average; up to 1 is well, 2 can be borne.")]
    worst: Annotated[int, Field(description="In the worst ten minutes.")]
    share_over: Annotated[
        float, Field(description="Share of the ten minutes with more than ten; should be below 0.01.")
    ]


class Answers(Shape):
    """How alarms were answered."""

    taken: Annotated[int, Field(description="How many were taken.")]
    p50_seconds: Annotated[float | None, Field(description="How soon, median; null for none.")]
    p90_seconds: Annotated[float | None, Field(description="How soon nine of ten were; null for none.")]
    real: Annotated[int, Field(description="How many were found real on site.")]
    false: Annotated[int, Field(description="How many were found false on site.")]
    false_share: Annotated[float | None, Field(description="Share of the false ones; null where nothing was verified.")]


class Source(Shape):
    """Where many alarms come from."""

    rule: Annotated[str, Field(description="The rule.")]
    source: Annotated[str, Field(description="The point, device or line.")]
    annunciations: Annotated[int, Field(description="How many.")]
    share: Annotated[float, Field(description="Which share of its grid's; one source should be below 0.05.")]


class GridFigures(Shape):
    """A grid."""

    grid: Annotated[str, Field(description="The grid, empty for what belongs to none.")]
    load: Annotated[Load, Field(description="How many new alarms.")]
    by_priority: Annotated[list[int], Field(description="New alarms of P1, P2, P3 and P4.")]
    stale: Annotated[int, Field(description="Alarms that stood for longer than a day.")]
    chattering: Annotated[int, Field(description="Alarms that came and went.")]
    top: Annotated[list[Source], Field(description="The ten worst sources.")]
    answers: Annotated[Answers, Field(description="How they were answered.")]


class PersonLoad(Shape):
    """How much one person was told."""

    person: Annotated[str, Field(description="The person's or department's id.")]
    load: Annotated[Load, Field(description="How many alarms they were told of.")]


class PersonAnswers(Shape):
    """How one person answered."""

    name: Annotated[str, Field(description="Under which name.")]
    answers: Annotated[Answers, Field(description="How they answered.")]


class Figures(Shape):
    """How many alarms people have to look at, and how they fare."""

    start: Annotated[datetime, Field(description="From when on.")]
    end: Annotated[datetime, Field(description="Until when.")]
    grids: Annotated[list[GridFigures], Field(description="By grid.")]
    told: Annotated[list[PersonLoad], Field(description="By person who was told.")]
    answered: Annotated[list[PersonAnswers], Field(description="By person who answered.")]
