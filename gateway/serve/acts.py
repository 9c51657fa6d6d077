"""What people ask for goes down the road here: acts and commands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.model import AskCommand, Ended, Refused
from gateway.serve import shapes
from gateway.serve.asks import Ask, Asking, CommandBody, CommandName, DeviceId, answer
from gateway.serve.problems import Problem, not_recorded, unknown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fastapi import APIRouter
    from starlette.responses import Response

    from gateway.model import Act, Outcome

_FORBIDDEN = frozenset({"role", "grid"})


async def walk(ask: Ask, act: Act) -> Sequence[Outcome]:
    """Take an act down the road; returns what followed once it is on disk.

    Raises Problem for what decide refused: see `refusal`; and 503 when the disk takes too long.
    """
    try:
        outcomes = await ask.house.road.act(act)
    except TimeoutError:
        raise not_recorded() from None
    for outcome in outcomes:
        if isinstance(outcome, Refused):
            raise refusal(outcome)
    return outcomes


def refusal(refused: Refused) -> Problem:
    """What decide refused as a problem: 403 when another person could, 404 for what is not there, else 409."""
    code = refused.code
    status = 403 if code in _FORBIDDEN else 404 if code.endswith("_unknown") else 409
    return Problem(status, code, refused.why, details=refused.details)


async def command(ask: Asking, device: DeviceId, name: CommandName, body: CommandBody) -> Response:
    """Ask a device to do something once; the answer is what the device confirmed, and "unknown" is one."""
    views = ask.house.hub.views
    if not views.sees_device(ask.scope, device):
        raise unknown("device", device)
    specs = [spec for spec in views.latest.devices[device].device.commands if spec.name == name]
    if not specs:
        raise unknown("command", name)
    await ask.actors.pins.demand(ask.actor, [spec.acts_as for spec in specs])
    return await performed(ask, AskCommand(ask.actor, device, name, body.arguments, body.reason, body.request))


async def performed(ask: Ask, act: AskCommand) -> Response:
    """Take a command down the road, and say how it ended."""
    ended = next(outcome for outcome in await walk(ask, act) if isinstance(outcome, Ended))
    result = ended.result
    said = {"outcome": result.outcome.value, "confirmed": dict(result.confirmed), "why": result.why}
    return answer({"id": ended.command.id, **said})


def add_routes(router: APIRouter) -> None:
    """The route of commands."""
    refusals: dict[int | str, dict[str, Any]] = {409: {}, 503: {}}
    path = "/api/v1/devices/{device}/commands/{name}"
    router.add_api_route(path, command, methods=["POST"], response_model=shapes.Ended, responses=refusals)
