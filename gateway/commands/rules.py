"""`gridpost rules`: the table of cause and effect that is in force, and what would happen when."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.commands import WRONG

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.config.plan import Plan

rules = typer.Typer(
    help="Cause and effect: what alarms do by themselves, and what would happen when.", no_args_is_help=True
)

SAMPLE = Path(__file__).parent / "explaining" / "sample.yaml"
"""A small compound for whoever has none at hand."""

Config = Annotated[
    Path | None, typer.Option("--config", help="The configuration; without one: a small compound as an example.")
]


@rules.command("show")
def rules_show(config: Config = None) -> None:
    """Print the table of cause and effect."""
    raise typer.Exit(show(config))


@rules.command("explain")
def rules_explain(
    story: Annotated[str, typer.Option("--story", help="Which story; left out: lists them.")] = "",
    config: Config = None,
) -> None:
    """Print what would happen when, and why, if a story took place: judged as in earnest, without any device."""
    raise typer.Exit(explain(story, config))


def show(config: Path | None) -> int:
    """Print the table; returns the exit code."""
    plan = _plan(config)
    if plan is None:
        return WRONG
    for line in table(plan):
        typer.echo(line)
    return 0


def table(plan: Plan) -> Iterator[str]:
    """The table in lines."""
    for name, row in plan.effects.items():
        yield name
        yield f"    when            {', '.join(row.when)}"
        does = [
            *([f"releases the escape doors of the {row.release}"] if row.release != "none" else []),
            *([f"stops charging in the {row.stop_charging}"] if row.stop_charging != "none" else []),
            *(["keeps parcel lockers shut"] if row.freeze_lockers else []),
            *(f"switches {each.device} {each.command} {each.arguments or ''}".rstrip() for each in row.switch),
        ]
        yield f"    does            {'; '.join(does) or 'nothing by itself: people are told'}"
        if row.note:
            yield f"    note            {row.note}"


def explain(story: str, config: Path | None) -> int:
    """Play a story and print what follows; returns the exit code."""
    from gateway.commands.explaining.casting import NotCast
    from gateway.commands.explaining.play import play
    from gateway.commands.explaining.stories import STORIES

    told = STORIES.get(story)
    if told is None:
        if story:
            typer.echo(f"there is no story {story!r}", err=True)
        for name, each in STORIES.items():
            typer.echo(f"{name:<16}{each.about}", err=bool(story))
        return WRONG if story else 0
    plan = _plan(config)
    if plan is None:
        return WRONG
    try:
        for line in play(told, plan):
            typer.echo(line)
    except NotCast as nobody:
        typer.echo(str(nobody), err=True)
        return WRONG
    return 0


def _plan(config: Path | None) -> Plan | None:
    from gateway.config.load import ConfigError, load

    try:
        return load(config or SAMPLE)
    except ConfigError as wrong:
        for finding in wrong.findings:
            typer.echo(str(finding), err=True)
        return None
