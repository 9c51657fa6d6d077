"""The first hour: who sets the box up comes in by the code of its label, and is asked step by step what it is to watch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from gateway.actor import Role
from gateway.auditing import Audited
from gateway.keep.accounts.credentials import UserError
from gateway.keep.accounts.passwords import password_objection
from gateway.serve.accounts.sources import label_of, place_of
from gateway.serve.acts import walk
from gateway.serve.asks import Ask, Asking, answer
from gateway.serve.problems import Problem, invalid, unauthorised, unknown
from gateway.serve.setup import shapes as setup_shapes
from gateway.serve.setup.asks import (  # noqa: TC001 - FastAPI reads annotations at run time
    BackupBody,
    BeginBody,
    BuildingsBody,
    ChannelsBody,
    ClockBody,
    CodeBody,
    CompoundBody,
    GridsBody,
    PeopleBody,
    ProofNumber,
    ProveBody,
    Step,
)
from gateway.serve.setup.keeper import EnteredWrong, NotWritable
from gateway.serve.setup.nearby import is_near

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from fastapi import APIRouter
    from starlette.responses import Response

    from gateway.actor import Actor
    from gateway.serve.asks import Asked
    from gateway.serve.setup.keeper import ProofView, SetUp, StepView
    from gateway.serve.views import Body

_Kept = TypeVar("_Kept")

SETS_UP = frozenset({Role.INSTALLER, Role.ADMINISTRATOR})

_PASSWORD_WHY = {
    "password_short": "is too short: ten letters at least, or a phrase",
    "password_long": "is too long",
    "password_name": "is hardly more than the name",
    "password_common": "is one that everybody tries first",
}


async def state(ask: Asking) -> Response:
    """How far the box is set up. Strangers are told only whether they may begin, and that only near the box."""
    return answer(await _state(ask, await _actor(ask)))


async def begin(ask: Asking, body: BeginBody) -> Response:
    """Make the first administrator by the set-up code, and sign him in. The code is good for nothing afterwards."""
    setup, accounts = _setup(ask), ask.house.accounts
    if not is_near(ask.request):
        detail = "a box is set up from its own network, and not through a proxy"
        raise Problem(403, "far_away", detail)
    if await accounts.has_administrator():
        raise _administrator_there()
    if not setup.is_code(body.code):
        await ask.actors.slow()
        raise unauthorised("setup_code", "this is not the set-up code of this box, or it was used")
    if (objection := password_objection(body.password, body.name)) is not None:
        raise invalid({"path": "body.password", "why": _PASSWORD_WHY[objection], "code": objection})
    label, place = label_of(ask.request), place_of(ask.request)
    try:
        session = await accounts.make_first_administrator(body.name.strip(), body.password, label, place)
    except UserError as wrong:
        if wrong.code == "administrator_there":  # somebody was quicker
            raise _administrator_there() from None
        raise invalid({"path": "body.name", "why": str(wrong), "code": wrong.code}) from None
    setup.void_code()
    actor = await accounts.by_session(session)
    return ask.actors.signing_in.welcome(ask.request, actor.id if actor else "", session, "browser")


async def put_clock(ask: Asking, body: ClockBody) -> Response:
    """The zone in which people read the clock, and the language."""
    return await _entered(ask, "clock", body)


async def put_compound(ask: Asking, body: CompoundBody) -> Response:
    """What the compound is called."""
    return await _entered(ask, "compound", body)


async def put_buildings(ask: Asking, body: BuildingsBody) -> Response:
    """The buildings, by a pattern and what is otherwise."""
    return await _entered(ask, "buildings", body)


async def put_grids(ask: Asking, body: GridsBody) -> Response:
    """The grids, and whose each building is."""
    return await _entered(ask, "grids", body)


async def put_people(ask: Asking, body: PeopleBody) -> Response:
    """Who works here, how each is reached, and who is on duty."""
    return await _entered(ask, "people", body)


async def put_channel(ask: Asking, body: ChannelsBody) -> Response:
    """The ways to people. Secrets go in and never come out again."""
    return await _entered(ask, "channel", body)


async def put_backup(ask: Asking, body: BackupBody) -> Response:
    """Where a copy goes every night; a whole one is made now and read back."""
    return await _entered(ask, "backup", body)


async def skip(ask: Asking, step: Step) -> Response:
    """Leave a step out for now."""
    await _kept(_unbound(ask).skip(step))
    await walk(ask, Audited(ask.actor, "set_up", step, body={"skipped": True}))
    return answer(await _state(ask, ask.actor))


async def prove(ask: Asking, body: ProveBody) -> Response:
    """Send a message over a channel; it carries four digits that its reader types in."""
    number = await _kept(_unbound(ask).prove(body.channel, body.to.strip()))
    await walk(ask, Audited(ask.actor, "prove", f"channel:{body.channel}"))
    return answer({"number": number}, 202)


async def proof(ask: Asking, number: ProofNumber) -> Response:
    """What became of that message."""
    return _proof(_unbound(ask).proof(number), number)


async def answer_proof(ask: Asking, number: ProofNumber, body: CodeBody) -> Response:
    """Say what stood in the message: then the channel is proved."""
    return _proof(await _kept(_unbound(ask).answer_proof(number, body.code)), number)


async def finish(ask: Asking) -> Response:
    """Check everything, write compound.yaml, and go on with it."""
    setup = _unbound(ask)
    try:
        await setup.finish(lambda: walk(ask, Audited(ask.actor, "set_up", "compound.yaml")))
    except NotWritable as there:
        raise Problem(409, "not_writable", str(there)) from None
    except EnteredWrong as wrong:
        raise invalid(*({"path": each.path, "why": each.why, "code": each.code} for each in wrong.fields)) from None
    return answer({"restarting": True, "file": setup.file}, 202)


def _administrator_there() -> Problem:
    return Problem(409, "administrator_there", "this house has an administrator already: he lets others in")


def _unbound(ask: Ask) -> SetUp:
    """The set-up, for who may speak for the whole compound."""
    if ask.actor.grids:
        raise Problem(403, "grid", "this is about the whole compound, and you are bound to grids of it")
    return _setup(ask)


async def _entered(ask: Ask, step: str, body: Asked) -> Response:
    await _kept(_unbound(ask).enter(step, body.model_dump(mode="json", by_alias=True)))
    await walk(ask, Audited(ask.actor, "set_up", step))
    return answer(await _state(ask, ask.actor))


async def _kept(work: Awaitable[_Kept]) -> _Kept:
    try:
        return await work
    except NotWritable as there:
        raise Problem(409, "not_writable", str(there)) from None
    except EnteredWrong as wrong:
        fields = ({"path": _in_body(each.path), "why": each.why, "code": each.code} for each in wrong.fields)
        raise invalid(*fields) from None
    except OSError as error:
        raise Problem(503, "not_kept", f"this cannot be kept: {error.strerror}") from None


def _in_body(path: str) -> str:
    return f"body.{path}" if path else "body"


def _setup(ask: Ask) -> SetUp:
    if ask.house.setup is None:
        raise unknown("page", "setup")
    return ask.house.setup


async def _actor(ask: Ask) -> Actor | None:
    """Who asks, if it can be told: this is the page of those who cannot sign in yet."""
    try:
        return await ask.actors.of(ask.request)
    except Problem:
        return None


async def _state(ask: Ask, actor: Actor | None) -> Body:
    setup = _setup(ask)
    sets_up = actor is not None and actor.role in SETS_UP and not actor.grids
    waits = setup.is_waiting() and is_near(ask.request) and not await ask.house.accounts.has_administrator()
    return {
        "open": waits,
        "writable": setup.writable,
        "file": setup.file if sets_up else "",
        "steps": [_step(each) for each in await setup.state()] if sets_up else [],
    }


def _step(step: StepView) -> Body:
    return {
        "id": step.id,
        "state": step.state,
        "entered": None if step.entered is None else dict(step.entered),
        "findings": [{"path": each.path, "why": each.why} for each in step.findings],
        "facts": dict(step.facts),
    }


def _proof(view: ProofView | None, number: int) -> Response:
    if view is None:
        raise unknown("proof", str(number))
    return answer({"number": view.number, "channel": view.channel, "fate": view.fate, "why": view.why})


def add_routes(router: APIRouter) -> None:
    """The routes of the first hour."""
    setup, shape = "/api/v1/setup", setup_shapes.SetUpShape
    no: dict[int | str, dict[str, Any]] = {409: {}, 503: {}}
    router.add_api_route(setup, state, response_model=shape)
    signed_in: dict[int | str, dict[str, Any]] = {401: {}, 403: {}, 409: {}, 429: {}}
    path = f"{setup}/begin"
    router.add_api_route(path, begin, methods=["POST"], status_code=204, response_model=None, responses=signed_in)
    puts: dict[str, Callable[..., Awaitable[Response]]] = {
        "clock": put_clock,
        "compound": put_compound,
        "buildings": put_buildings,
        "grids": put_grids,
        "people": put_people,
        "channel": put_channel,
        "backup": put_backup,
    }
    for step, put in puts.items():
        router.add_api_route(f"{setup}/{step}", put, methods=["PUT"], response_model=shape, responses=no)
    path, proving = f"{setup}/channel/prove", setup_shapes.ProvingShape
    router.add_api_route(path, prove, methods=["POST"], status_code=202, response_model=proving, responses=no)
    path, proved = f"{setup}/channel/proofs/{{number}}", setup_shapes.ProofShape
    router.add_api_route(path, proof, response_model=proved, responses={404: {}})
    router.add_api_route(path, answer_proof, methods=["POST"], response_model=proved, responses={404: {}, **no})
    path, finished = f"{setup}/finish", setup_shapes.FinishedShape
    router.add_api_route(path, finish, methods=["POST"], status_code=202, response_model=finished, responses=no)
    router.add_api_route(f"{setup}/{{step}}/skip", skip, methods=["POST"], response_model=shape, responses=no)
