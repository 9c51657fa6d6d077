"""How every device is: reachable, heard, powered, well received; the worst first. And its last day in 48 pieces."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated, Final, Literal, NamedTuple, TypeAlias

from fastapi import APIRouter, Query
from pydantic import Field

from drivers.contract import Link
from gateway.keep.chunks import is_recorded
from gateway.serve.asks import Ask, Asked, Asking, answer
from gateway.serve.instants import boot_utc
from gateway.serve.problems import invalid, unknown
from gateway.serve.readings import last_value
from gateway.serve.shape import Link as LinkWord
from gateway.serve.shape import Reading, Shape

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.responses import Response

    from gateway.keep.latest import HeldDevice
    from gateway.serve.views import Body

State: TypeAlias = Literal["misconfigured", "offline", "stale", "unknown", "weak", "well", "unmounted"]

ORDER: Final[tuple[State, ...]] = ("misconfigured", "offline", "stale", "unknown", "weak", "well", "unmounted")
"""The worst first. A place where no sensor hangs has nothing that could be ill."""

WEAK_DBM = -95.0
"""Below it a packet in two or so is lost: the sensitivity of BLE receivers ends at -97 to -103 dBm (their data sheets)."""

BEATS = 48
BEAT_SECONDS = 1800.0
NEW_SECONDS = 7 * 86_400.0
"""A device that was not heard for a week before was not there, as far as a bar is concerned: nobody missed it."""

MOST_BARS = 60
"""Bars for what one screen shows; each reads a day of the history."""

SLICE = 500
"""So many devices are looked at before others have a turn: about 2 ms."""


class HealthQuery(Asked):
    """Which devices."""

    state: Annotated[State | Literal["", "ill"], Field(description="Only those; `ill`: all but the well ones.")] = ""
    search: Annotated[str, Field(description="Words that id, name or building must have.", max_length=80)] = ""
    offset: Annotated[int, Field(description="How many to pass over.", ge=0, le=100_000)] = 0
    limit: Annotated[int, Field(description="How many at most.", ge=1, le=200)] = MOST_BARS


class BeatsQuery(Asked):
    """Whose last day."""

    devices: Annotated[
        str, Field(description=f"Ids, parted by commas; {MOST_BARS} at most.", min_length=1, max_length=8_000)
    ]


class DeviceHealth(Shape):
    """One device."""

    id: Annotated[str, Field(description="The device's id.")]
    name: Annotated[str, Field(description="What it is called there; empty where nobody said.")]
    building_name: Annotated[str, Field(description="The building that it stands in.")]
    entrance: Annotated[str, Field(description="The unit of the building.")]
    detector: Annotated[bool, Field(description="Whether it is a detector; those have a page of their own.")]
    state: Annotated[State, Field(description="How it is, in a word.")]
    link: Annotated[LinkWord, Field(description="Whether it is reachable.")]
    why: Annotated[str, Field(description="Why not.")]
    line: Annotated[str, Field(description="The line that it is on.")]
    heard_utc: Annotated[float | None, Field(description="When it was heard last.")]
    battery: Annotated[Reading, Field(description="Its battery in percent, where it tells.")]
    battery_low: Annotated[bool, Field(description="Whether it says that its battery is low.")]
    signal: Annotated[Reading, Field(description="How strongly it was heard last, in dBm, where it is heard by air.")]


class Healths(Shape):
    """Some devices, the worst first."""

    devices: Annotated[list[DeviceHealth], Field(description="The worst first, then by name.")]
    total: Annotated[int, Field(description="How many fit what was asked.")]
    counts: Annotated[dict[str, int], Field(description="How many of all are in each state.")]


class Beats(Shape):
    """The last day of some devices."""

    from_utc: Annotated[float, Field(description="When the first piece begins.")]
    beat_seconds: Annotated[float, Field(description="How long a piece is.")]
    beats: Annotated[
        dict[str, str],
        Field(
            description="By device, a letter for each piece: h heard all the time, p part of it, n not at all, "
            "and - where the device has no recorded past."
        ),
    ]


class Stands(NamedTuple):
    """Where a device stands, as people say it."""

    building_name: str
    entrance: str
    name: str


class _Seen(NamedTuple):
    rank: int
    stands: Stands
    device: str


async def device_health(ask: Asking, query: Annotated[HealthQuery, Query()]) -> Response:
    """All devices with how they are, the worst first."""
    counts = dict.fromkeys(ORDER, 0)
    words = query.search.casefold().split()
    found: list[_Seen] = []
    for number, device in enumerate(_devices(ask)):
        if number % SLICE == SLICE - 1:
            await asyncio.sleep(0)
        held = ask.house.latest.devices.get(device)
        if held is None:
            continue
        state = _state(ask, held)
        counts[state] += 1
        if query.state == "ill" and state in {"well", "unmounted"}:
            continue
        if query.state not in {"", "ill", state}:
            continue
        stands = stands_at(ask, device)
        text = " ".join((device, *stands)).casefold() if words else ""
        if all(word in text for word in words):
            found.append(_Seen(ORDER.index(state), stands, device))
    found.sort()
    boot = boot_utc(ask.house.now())
    page = found[query.offset : query.offset + query.limit]
    return answer({"devices": [_body(ask, seen, boot) for seen in page], "total": len(found), "counts": counts})


async def beats(ask: Asking, query: Annotated[BeatsQuery, Query()]) -> Response:
    """The last 24 hours of some devices in 48 pieces: in which of them each was heard."""
    wanted = list(dict.fromkeys(query.devices.split(",")))
    if len(wanted) > MOST_BARS:
        raise invalid({"path": "query.devices", "why": f"names more than {MOST_BARS} devices", "code": "too_many"})
    views = ask.house.hub.views
    for device in wanted:
        if not views.sees_device(ask.scope, device):
            raise unknown("device", device)
    now = ask.house.now().utc
    end = (now // BEAT_SECONDS + 1) * BEAT_SECONDS
    start = end - BEATS * BEAT_SECONDS
    told = {device: await _bar(ask, device, start, now) for device in wanted}
    return answer({"from_utc": start, "beat_seconds": BEAT_SECONDS, "beats": told})


def _devices(ask: Ask) -> Iterator[str]:
    views, layout = ask.house.hub.views, ask.house.hub.views.layout
    yield from views.others_seen(ask.scope)
    for device in layout.detectors:
        if not ask.scope or layout.grid_of(device) in ask.scope:
            yield device


def _state(ask: Ask, held: HeldDevice) -> State:
    device = held.device.id
    if held.link is Link.MISCONFIGURED:
        return "misconfigured"
    if device in ask.house.hub.views.layout.detectors:
        state = _OF_DETECTOR[ask.house.detector_keeper.detectors.states.get(device, "unmounted")]
    elif held.link is Link.LOST:
        state = "offline"
    elif held.link is Link.UNKNOWN or not held.heard_ns:
        state = "unknown"
    else:
        state = "well" if held.fresh else "stale"
    return "weak" if state == "well" and _is_weak(held) else state


_OF_DETECTOR: Final[dict[str, State]] = {
    "unmounted": "unmounted", "unknown": "unknown", "heard": "well", "late": "stale", "lost": "offline",
}  # fmt: skip
"""What decide says of a detector: silence has a deadline of its own there, and the link is that of the air."""


def _is_weak(held: HeldDevice) -> bool:
    signal = last_value(held, "signal")
    weak = isinstance(signal, int | float) and signal < WEAK_DBM
    return weak or last_value(held, "battery_low") is True


def stands_at(ask: Ask, device: str) -> Stands:
    """Where a device or detector stands."""
    layout = ask.house.hub.views.layout
    detector, known = layout.detectors.get(device), layout.devices.get(device)
    if detector is not None:
        building, entrance, name = detector.building, detector.entrance, detector.name
    elif known is not None:
        building, entrance, name = known.place.building, known.place.unit, known.place.name
    else:
        return Stands("", "", "")
    stands = layout.buildings.get(building)
    return Stands(stands.name if stands else "", entrance, name)


def _body(ask: Ask, seen: _Seen, boot: float) -> Body:
    held = ask.house.latest.devices[seen.device]
    return {
        "id": seen.device,
        **seen.stands._asdict(),
        "detector": seen.device in ask.house.hub.views.layout.detectors,
        "state": ORDER[seen.rank],
        "link": held.link.value,
        "why": held.why,
        "line": held.line,
        "heard_utc": boot + held.heard_ns / 1e9 if held.heard_ns else None,
        "battery": last_value(held, "battery"),
        "battery_low": last_value(held, "battery_low") is True,
        "signal": last_value(held, "signal"),
    }


async def _bar(ask: Ask, device: str, start: float, end: float) -> str:
    """A device is heard while what it tells most often is."""
    groups = [
        (group.every_seconds or float("inf"), number, point.key)
        for number, group in enumerate(ask.house.latest.devices[device].groups)
        for point in group.points
        if is_recorded(point)
    ]
    if not groups:
        return "-" * BEATS
    key = min(groups)[2]
    plot = await ask.house.past.query(device, key, start, end, BEATS)
    told = {"gap": "n", "uncertain": "p"}
    bar = "".join(told.get(quality, "h") for quality in plot.quality).ljust(BEATS, "n")[:BEATS]
    if not bar.startswith("n"):
        return bar
    # As fine as the bar: a longer bucket would reach over its beginning.
    before = await ask.house.past.query(device, key, start - NEW_SECONDS, start, int(NEW_SECONDS / BEAT_SECONDS))
    heard_before = any(quality != "gap" for quality in before.quality)
    return bar if heard_before else bar.lstrip("n").rjust(BEATS, "-")


def add_routes(router: APIRouter) -> None:
    """The routes of health."""
    router.add_api_route("/api/v1/device-health", device_health, response_model=Healths)
    router.add_api_route("/api/v1/device-health/beats", beats, response_model=Beats)
