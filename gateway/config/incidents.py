"""The table of incidents as written, over the one that Gridpost ships, and what decide makes of it."""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, field_validator

from drivers.findings import read_yaml
from drivers.secret import SecretMissing
from gateway.config.written import Id, Written
from gateway.decide.incidents.table import Category, IncidentRules, Limit, Stage
from gateway.deliver.county.config import COUNTY, SECRET_LENGTH
from gateway.deliver.county.messages import Words
from gateway.model import Priority

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from drivers.findings import Finding
    from drivers.findings import Written as File
    from gateway.config.compound import CompoundFile
    from gateway.config.plan import Plan

SHIPPED = Path(__file__).with_name("incidents.yaml")

Language = Literal["zh-CN", "en"]
Span = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d-(([01]\d|2[0-3]):[0-5]\d|24:00)$")]
Duration = Annotated[str, Field(pattern=r"^[1-9]\d{0,4} (min|h|working h|working days?)$")]
Limits = dict[
    Literal["P1", "P2", "P3", "P4"],
    dict[Literal["accept", "assign", "arrive", "handle", "feedback", "verify", "close"], Duration | None],
]

_SECONDS = {"min": 60.0, "h": 3600.0, "working h": 3600.0}


class CategoryConfig(Written):
    """A kind of incident. A field that is left out keeps the value of the category of the same name that Gridpost ships."""

    code: str = Field(default="", max_length=40, description="What the county platform calls it.")
    name: str | dict[Language, str] = Field(
        default="", description="What people call it; one text, or one for each language."
    )
    group: Id | None = Field(
        default=None,
        description="What happens in one building in categories of one group is one incident; left out: only its own.",
    )
    opens: Annotated[int, Field(ge=1, le=4)] | None = Field(
        default=None,
        description="The least urgent priority of an alarm that opens an incident; left out: alarms never do.",
    )
    rules: tuple[Id, ...] = Field(default=(), description="The alarm rules that belong to it.")
    limits: Limits = Field(
        default={}, description="Time limits that differ from the general ones, by priority and stage."
    )


class IncidentsConfig(Written):
    """Incidents: their categories, their time limits, and when people work."""

    working_hours: tuple[Span, ...] = Field(
        default=(), description="The working hours of a working day, such as `08:30-12:00`, in order."
    )
    windows: dict[Id, Annotated[float, Field(gt=0, le=86_400)]] = Field(
        default={}, description="Of a group: how many seconds after its last alarm an incident takes in more."
    )
    categories: dict[Id, CategoryConfig] = Field(
        default={}, description="Categories by name, beside or over the shipped ones."
    )
    limits: Limits = Field(
        default={},
        description="Time limits by priority and stage, such as `10 min`, `24 h`, `4 working h`, `3 working days`; null for "
        "none.",
    )

    @field_validator("working_hours")
    @classmethod
    def _in_order(cls, spans: tuple[str, ...]) -> tuple[str, ...]:
        minutes = [minute for span in spans for minute in _minutes(span)]
        if any(later <= earlier for earlier, later in pairwise(minutes)):
            raise ValueError("spans begin before they end, and stand in order")
        return spans


@cache
def shipped() -> IncidentsConfig:
    """The table that Gridpost ships."""
    return IncidentsConfig.model_validate(read_yaml(SHIPPED).data)


def incident_rules(plan: Plan) -> IncidentRules:
    """What decide needs to know of incidents."""
    base, over = shipped(), plan.incidents
    written = {name: _over(base.categories.get(name), category) for name, category in over.categories.items()}
    categories = {**base.categories, **written}
    of_rule = {rule: name for name, category in base.categories.items() for rule in category.rules}
    of_rule |= {rule: name for name, category in over.categories.items() for rule in category.rules}
    hours = tuple(map(_minutes, over.working_hours or base.working_hours))
    day_seconds = 60.0 * sum(ends - begins for begins, ends in hours)
    return IncidentRules(
        plan.compound.id,
        {name: _category(name, each, plan.compound.language, day_seconds) for name, each in categories.items()},
        of_rule,
        {**base.windows, **over.windows},
        _limits(day_seconds, base.limits, over.limits),
        hours,
        {building.id: building.grid or "" for building in plan.buildings},
    )


def check_incidents(files: list[tuple[File, CompoundFile]], plan: Plan) -> Iterable[Finding]:
    """Whether the rules that categories name are there, and none stands in two of them."""
    for written, file in files:
        if file.incidents is None:
            continue
        seen: dict[str, str] = {}
        for name, category in file.incidents.categories.items():
            at = ("incidents", "categories", name)
            if name not in shipped().categories and not (category.code and category.name):
                yield written.finding(at, "a new category needs a `code` and a `name`")
            for rule in category.rules:
                if rule not in plan.rules:
                    yield written.finding((*at, "rules"), f"there is no rule {rule!r}")
                elif (other := seen.setdefault(rule, name)) != name:
                    yield written.finding((*at, "rules"), f"rule {rule!r} stands in category {other!r} already")
        groups = {category.group for category in incident_rules(plan).categories.values()}
        for group in file.incidents.windows.keys() - groups:
            yield written.finding(("incidents", "windows", group), f"no category is of the group {group!r}")


def check_county(files: list[tuple[File, CompoundFile]], plan: Plan) -> Iterable[Finding]:
    """Whether its secret is there, and simulated incidents stay on this machine."""
    for written, file in files:
        if (county := file.county) is None:
            continue
        if plan.compound.simulated and not (county.loopback or county.allow_simulated):
            what = f"{county.target} is not on this machine, and the compound is simulated: set allow_simulated to send"
            yield written.finding(("county", "url"), what)
        try:
            short = len(county.secret.read()) < SECRET_LENGTH
        except SecretMissing as missing:
            yield written.finding(("county", "secret"), str(missing))
        else:
            if short:
                yield written.finding(("county", "secret"), f"the secret is shorter than {SECRET_LENGTH} characters")
        if any(outlet.id == COUNTY for outlet in plan.outlets):
            yield written.finding(
                ("county",), f"an outlet is called {COUNTY!r} already: alarms could not tell them apart"
            )


def county_words(plan: Plan) -> Words:
    """What the county's platform calls things here."""
    return Words(
        plan.county.id if plan.county is not None else plan.compound.id,
        {each.id: (each.code, each.name) for each in incident_rules(plan).categories.values()},
        {building.id: building.name for building in plan.buildings},
        {grid.id: grid.code for grid in plan.grids},
    )


def _over(base: CategoryConfig | None, over: CategoryConfig) -> CategoryConfig:
    if base is None:
        return over
    return base.model_copy(update={name: getattr(over, name) for name in over.model_fields_set})


def _category(name: str, written: CategoryConfig, language: Language, day_seconds: float) -> Category:
    said = written.name if isinstance(written.name, str) else written.name.get(language, "")
    opens = None if written.opens is None else Priority(written.opens)
    limits = _limits(day_seconds, written.limits)
    return Category(name, written.code, said or name, written.group or name, opens, limits)


def _limits(day_seconds: float, *several: Limits) -> Mapping[Priority, Mapping[Stage, Limit | None]]:
    """Later ones over earlier ones, stage by stage."""
    limits: dict[Priority, dict[Stage, Limit | None]] = {}
    for written in several:
        for priority, stages in written.items():
            of_priority = limits.setdefault(Priority[priority], {})
            of_priority.update((Stage(stage), _limit(said, day_seconds)) for stage, said in stages.items())
    return limits


def _limit(said: str | None, day_seconds: float) -> Limit | None:
    """A duration as it is counted; a working day is as long as people work on one."""
    if said is None:
        return None
    count, unit = said.split(" ", 1)
    seconds = {**_SECONDS, "working day": day_seconds}[unit.removesuffix("s")]
    return Limit(int(count) * seconds, unit.startswith("working"))


def _minutes(span: str) -> tuple[int, int]:
    begins, ends = (int(hour) * 60 + int(minute) for hour, minute in (end.split(":") for end in span.split("-")))
    return begins, ends
