"""The control port: whoever stands on the same machine starts stories, works doors and breaks things, in JSON lines.

    {"do": "stories"}                                       -> {"ok": true, "stories": [{"name", "about", "target"}]}
    {"do": "story", "name": "forced-door", "target": null}  -> {"ok": true, "target": "b3u1/door1"}
    {"do": "state"}                                         -> {"ok": true, "controllers": [...], "running": [...]}
    {"do": "door", "controller": "b3u1", "door": "door1", "act": "force"}       -> {"ok": true}
    {"do": "controller", "controller": "b3u1", "act": "reboot", "silent_seconds": 4}
    {"do": "fault", "controller": "b3u1", "fault": "late", "seconds": 2}        (fault null repairs)
    {"do": "door", "controller": "b3u1", "door": 1, "act": "card", "times": 200, "every": 0.05}    (again and again)
    {"do": "sensor", "sensor": "b3-2-501-smoke", "act": "smoke", "on": true}
    {"do": "receiver", "receiver": "rx-b3u2-1", "act": "deafen"}
    {"do": "locker", "locker": "locker2", "compartment": "c07", "act": "pry"}    (or none, for the cabinet as a whole)
    {"do": "charger", "charger": "shed1-pile", "part": "p03", "act": "overheat"}     (a pile, its connector1; cut1, contactor3)
    {"do": "power", "device": "mains-b3", "act": "outage"}      (mains is the whole compound, box-ups the supply of the box)
    {"do": "sensors"}                                       -> {"ok": true, "sensors": 6172, "packets": ..., "alarming": [...]}

Whatever is refused is answered with {"ok": false, "why": a sentence}. The acts and their arguments are `acts.WORDS`.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import TYPE_CHECKING, Any, TypeAlias

from simulator import story as stories
from simulator.loopback import split_address
from simulator.story import Target

if TYPE_CHECKING:
    from collections.abc import Callable

    from simulator.bus import Clock
    from simulator.world import World

REQUEST_LIMIT_BYTES = 16 * 1024
ANSWER_SECONDS = 5.0

Request: TypeAlias = dict[str, Any]


class ControlRefused(ValueError):
    """What the other side refused, or why it could not be asked, as a sentence."""


class Control:
    """Answers requests about a world; `stirred` is called when something new was planned."""

    def __init__(self, world: World, clock: Clock, stirred: Callable[[], None]) -> None:
        self._world = world
        self._clock = clock
        self._stirred = stirred
        self._answers: dict[str, Callable[[Request], Request]] = {
            "stories": self._stories,
            "story": self._story,
            "state": self._state,
            "door": self._door,
            "controller": self._controller,
            "fault": self._fault,
            "sensor": self._sensor,
            "receiver": self._receiver,
            "sensors": self._sensors,
            "locker": self._locker,
            "charger": self._charger,
            "power": self._power,
        }

    def answer(self, line: bytes) -> bytes:
        """The answer to a request, both one line of JSON without its end."""
        try:
            request = json.loads(line)
            if not isinstance(request, dict):
                raise ControlRefused("a request is a JSON object")
            do = self._answers.get(str(request.get("do")))
            if do is None:
                raise ControlRefused(f"nothing is called {request.get('do')!r}; there are: {', '.join(self._answers)}")
            reply = {"ok": True, **do({key: value for key, value in request.items() if key != "do"})}
        except ValueError as error:  # every refusal of the simulator, and JSON that is none
            reply = {"ok": False, "why": str(error)}
        return json.dumps(reply, ensure_ascii=False).encode()

    def _stories(self, request: Request) -> Request:
        _nothing_more(request)
        told = [stories.told(name) for name in stories.names()]
        return {"stories": [{"name": one.name, "about": one.about, "target": str(one.target)} for one in told]}

    def _story(self, request: Request) -> Request:
        name, target = str(request.pop("name", "")), request.pop("target", None)
        _nothing_more(request)
        place = None if target is None else stories.target_named(str(target))
        place = self._world.start(stories.told(name), place, self._clock())
        self._stirred()
        return {"target": str(place)}

    def _door(self, request: Request) -> Request:
        door = str(request.pop("door", "")).removeprefix("door")
        if not door.isdecimal() or int(door) == 0:
            raise ControlRefused("'door' is 1 or \"door1\" and so on")
        return self._act(request, str(request.pop("controller", "")), int(door))

    def _controller(self, request: Request) -> Request:
        return self._act(request, str(request.pop("controller", "")))

    def _fault(self, request: Request) -> Request:
        controller = str(request.pop("controller", ""))
        return self._act({**request, "act": "fault"}, controller)

    def _sensor(self, request: Request) -> Request:
        return self._act(request, str(request.pop("sensor", "")))

    def _receiver(self, request: Request) -> Request:
        return self._act(request, str(request.pop("receiver", "")))

    def _locker(self, request: Request) -> Request:
        return self._act(request, str(request.pop("locker", "")), part=str(request.pop("compartment", "")))

    def _charger(self, request: Request) -> Request:
        return self._act(request, str(request.pop("charger", "")), part=str(request.pop("part", "")))

    def _power(self, request: Request) -> Request:
        return self._act(request, str(request.pop("device", "mains")))

    def _act(self, request: Request, device: str, door: int = 0, part: str = "") -> Request:
        target = Target(device, door, part)
        verb = str(request.pop("act", ""))
        times, every = request.pop("times", 1), request.pop("every", 1.0)
        if not isinstance(times, int) or not isinstance(every, int | float) or times < 1 or every <= 0:
            raise ControlRefused("'times' is a whole number from 1 on, 'every' seconds above 0")
        self._world.perform(target, verb, request, self._clock(), times, every)
        self._stirred()
        return {}

    def _sensors(self, request: Request) -> Request:
        _nothing_more(request)
        air = self._world.air
        if air is None:
            return {"sensors": 0, "receivers": 0, "packets": 0, "alarming": [], "silent": [], "deaf": []}
        self._world.advance(self._clock())
        return {
            "sensors": len(air.sensors),
            "receivers": len(air.receivers),
            "packets": air.packets,
            "alarming": [name for name, sensor in air.sensors.items() if sensor.alarm],
            "silent": [name for name, sensor in air.sensors.items() if sensor.muted],
            "deaf": sorted(air.deaf),
        }

    def _state(self, request: Request) -> Request:
        _nothing_more(request)
        now = self._clock()
        self._world.advance(now)
        controllers = []
        for station in self._world.stations.values():
            controller = station.controller
            controller.advance(now)
            controllers.append(
                {
                    "id": station.id,
                    "serial": controller.serial,
                    "boot_id": controller.boot_id,
                    "system": controller.system_word(),
                    "doors": [door.word for door in controller.doors],
                    "events": controller.ring.head - 1,
                    "table": {"version": controller.table.version, "users": len(controller.table.active.users)},
                    "fault": station.fault.kind.value if station.fault else None,
                    "unreachable": station.unreachable,
                }
            )
        running = [{"name": name, "target": str(target)} for name, target in self._world.running]
        realms = {realm.name: realm.state(now) for realm in self._world.realms}
        return {"controllers": controllers, **realms, "running": running}


class ControlConnection(asyncio.Protocol):
    """One who asks. A line that is too long ends the connection."""

    def __init__(self, control: Control) -> None:
        self._control = control
        self._buffer = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Somebody connected."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - what a TCP server always passes
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer every whole line."""
        *lines, self._buffer = (self._buffer + data).split(b"\n")
        if self._transport is None:
            return
        for line in lines:
            self._transport.write(self._control.answer(line) + b"\n")
        if len(self._buffer) > REQUEST_LIMIT_BYTES:
            self._transport.abort()


async def ask(address: str, request: Request) -> Request:
    """Ask a simulator's control port; returns its answer. Raises `ControlRefused` with a sentence."""
    host, port = split_address(address)
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            reader, writer = await asyncio.open_connection(host, port)
            try:
                writer.write(json.dumps(request).encode() + b"\n")
                reply = json.loads(await reader.readline() or b"{}")
            finally:
                writer.close()
                with contextlib.suppress(OSError):
                    await writer.wait_closed()
    except (OSError, TimeoutError):
        raise ControlRefused(f"no simulator answers at {address}; start one with `gridpost simulate`") from None
    if not reply.get("ok"):
        raise ControlRefused(str(reply.get("why", f"{address} is not the control port of a simulator")))
    return dict(reply)


def _nothing_more(request: Request) -> None:
    if request:
        raise ControlRefused(f"unknown keys: {', '.join(request)}")
