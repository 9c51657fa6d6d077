"""A story from its first step to its end, as lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.commands.explaining.casting import cast
from gateway.commands.explaining.stage import Stage
from gateway.commands.explaining.telling import Telling, line
from gateway.config.alarm_rules import rules_of
from gateway.config.layout import layout_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.commands.explaining.stories import Story
    from gateway.config.plan import Plan


def play(story: Story, plan: Plan) -> Iterator[str]:
    """What would happen when, and why. Raises `NotCast` where the configuration has nobody for a part."""
    parts = cast(story, rules_of(plan, {line: driver.devices for line, driver in plan.drivers.items()}))
    stage = Stage(plan, [device for several in parts.values() for device in several], story.hour)
    telling = Telling(stage.rules, layout_of(plan).in_words)
    yield story.about
    for part, several in parts.items():
        yield f"    {part}: {', '.join(several)}"
    for step in story.steps:
        for at, outcomes in stage.until(step.at):
            yield from telling.lines(at, outcomes)
        shows = ", ".join(f"{meaning} {value}" for meaning, value in step.shows.items())
        yield line(step.at, "", f"{step.part}: {shows}")
        for device in parts[step.part]:
            for at, outcomes in stage.shows(device, step.shows):
                yield from telling.lines(at, outcomes)
    for at, outcomes in stage.until(story.lasts):
        yield from telling.lines(at, outcomes)
