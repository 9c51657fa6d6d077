"""The box itself: what runs there since when, its certificate and clock; reading its configuration again; a backup now."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field
from starlette.responses import Response

from gateway.auditing import Audited
from gateway.serve.acts import walk
from gateway.serve.asks import Ask, Asking, answer
from gateway.serve.problems import Problem, unknown
from gateway.serve.shape import Shape

if TYPE_CHECKING:
    from fastapi import APIRouter

    from gateway.serve.box_keeper import Box


class ConfigFile(Shape):
    """The configuration that is in force."""

    file: Annotated[str, Field(description="Where it is.")]
    wizard: Annotated[bool, Field(description="The set-up wizard is about to write it.")]


class Certificate(Shape):
    """The certificate that the page is served with."""

    subject: Annotated[str, Field(description="Whose it is.")]
    names: Annotated[list[str], Field(description="The host names and addresses that it is for.")]
    until_utc: Annotated[float, Field(description="When it ends.")]
    own_ca: Annotated[bool, Field(description="It is from the box's own authority, and is renewed by itself.")]
    fingerprint: Annotated[
        str, Field(description="SHA-256 of that authority, to compare on a phone; empty for another's certificate.")
    ]


class BoxClock(Shape):
    """The clock of the box."""

    trusted: Annotated[bool, Field(description="It is synchronised, and not earlier than can be.")]
    source: Annotated[str, Field(description="By what: systemd-timesyncd, chrony, ntpd; empty where nothing is known.")]
    utc: Annotated[float, Field(description="What it shows.")]


class DataFolder(Shape):
    """The folder of all that is kept."""

    folder: Annotated[str, Field(description="Where it is.")]
    bytes: Annotated[int, Field(description="How much is in it.")]
    free_bytes: Annotated[int, Field(description="How much room is left on its disk.")]


class System(Shape):
    """The box itself."""

    version: Annotated[str, Field(description="Gridpost's version.")]
    uptime_seconds: Annotated[float, Field(description="How long the gateway has been running.")]
    started_utc: Annotated[float, Field(description="Since when, by its clock.")]
    config: Annotated[ConfigFile, Field(description="From where it was read.")]
    tls: Annotated[
        Certificate | None, Field(description="null: plain HTTP, on this machine alone unless told otherwise.")
    ]
    bind: Annotated[str, Field(description="Where the page is served.")]
    names: Annotated[list[str], Field(description="The host names under which browsers may ask for it.")]
    clock: Annotated[BoxClock, Field(description="How far it can be believed.")]
    data: Annotated[DataFolder, Field(description="How full it is.")]


class Said(Shape):
    """Something about the configuration."""

    file: Annotated[str, Field(description="In which file.")]
    line: Annotated[int, Field(description="On which line, from 1.")]
    key: Annotated[str, Field(description="The dotted way to it.")]
    what: Annotated[str, Field(description="What would be right.")]


class ReloadedShape(Shape):
    """What came of a reload."""

    taken: Annotated[bool, Field(description="false: the findings say why, and the last good one goes on.")]
    findings: Annotated[list[Said], Field(description="Everything that is wrong.")]
    warnings: Annotated[list[Said], Field(description="What works and had better be otherwise.")]
    later: Annotated[list[str], Field(description="Sections that changed and are taken at the next start.")]


class BackingUp(Shape):
    """A backup that is under way; `works` shows how far, `stores` how it ended."""

    places: Annotated[list[str], Field(description="Where it goes.")]


async def system(ask: Asking) -> Response:
    """What runs here, since when, with which certificate and clock."""
    return answer({"version": ask.house.version, **await _box(ask).about()})


async def reload(ask: Asking) -> Response:
    """Read the configuration again; what is wrong with it is said, and then the last good one goes on."""
    done = await _unbound(ask).reload()
    said = {"taken": not done.findings, "findings": len(done.findings), "later": list(done.later)}
    await walk(ask, Audited(ask.actor, "reload", "configuration", body=said))
    return answer({"taken": not done.findings, **asdict(done)})


async def back_up(ask: Asking) -> Response:
    """Make a backup now, for every place."""
    places = _unbound(ask).back_up()
    if not places:
        raise Problem(409, "no_backup", "no backup is configured: write a section `backup` (docs/backup.md)")
    await walk(ask, Audited(ask.actor, "backup", "backup"))
    return answer({"places": list(places)}, 202)


async def authority(ask: Asking) -> Response:
    """The box's own authority, as telephones take it. It is no secret."""
    box = ask.house.box
    if box is None or box.own_ca is None:
        raise unknown("file", "ca.crt")
    headers = {"Content-Disposition": 'attachment; filename="gridpost-ca.crt"', "Cache-Control": "no-cache"}
    return Response(box.own_ca.ca_der(), headers=headers, media_type="application/x-x509-ca-cert")


def _unbound(ask: Ask) -> Box:
    """The box, for who may speak for the whole compound."""
    if ask.actor.grids:
        raise Problem(403, "grid", "this is about the whole compound, and you are bound to grids of it")
    return _box(ask)


def _box(ask: Ask) -> Box:
    if ask.house.box is None:
        raise unknown("page", "system")
    return ask.house.box


def add_routes(router: APIRouter) -> None:
    """The routes of the box itself."""
    path, no = "/api/v1/system", dict[int | str, dict[str, Any]]({409: {}, 503: {}})
    router.add_api_route(path, system, response_model=System)
    router.add_api_route(f"{path}/reload", reload, methods=["POST"], response_model=ReloadedShape, responses=no)
    router.add_api_route(
        f"{path}/backup", back_up, methods=["POST"], status_code=202, response_model=BackingUp, responses=no
    )
    router.add_api_route("/ca.crt", authority, response_model=None, include_in_schema=False)
