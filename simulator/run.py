"""The simulator as a running process: ports, control and the world in real time, until it is told to end."""

from __future__ import annotations

import asyncio
import errno
import json
import signal
import sys
import time
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from simulator import story as stories
from simulator.compound import BUILDINGS, Compound, grow
from simulator.control import Control, ControlConnection
from simulator.layout import compound_yaml
from simulator.loopback import loopback_only, split_address
from simulator.modbus import Clock, ModbusPort, PortTaken
from simulator.rhythm import hour_of
from simulator.world import World

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from simulator.story import Story

DEFAULT_SEED = 7
DEFAULT_HOST = "127.0.0.1"
DEFAULT_BASE_PORT = 15_000
DEFAULT_CONTROL = "127.0.0.1:15900"


@dataclass(frozen=True, slots=True)
class Options:
    """What to simulate and where.

    `base_port` 0 takes free ports. `hour` is when people live, None for the real hour. `story` is a shipped one or a
    file.yaml. `print_config` prints the configuration when it serves, in place of the line of JSON.
    """

    seed: int = DEFAULT_SEED
    buildings: int = BUILDINGS
    host: str = DEFAULT_HOST
    base_port: int = DEFAULT_BASE_PORT
    control: str = DEFAULT_CONTROL
    hour: float | None = None
    story: str | None = None
    target: str | None = None
    write_config: Path | None = None
    print_config: bool = False
    until_stdin_closes: bool = False


@dataclass(frozen=True, slots=True)
class Serving:
    """A simulator that serves: its world, its clock, and where it is reached."""

    world: World
    clock: Clock
    host: str
    ports: dict[str, int]
    control: str

    @property
    def config(self) -> str:
        """The `compound.yaml` that reaches it."""
        return compound_yaml(self.world.compound, self.host, self.ports, self.control, stories.names())


def base_ports(compound: Compound, base_port: int) -> dict[str, int]:
    """The port of each line, counted up from `base_port`; all 0, for free ones, when that is 0."""
    return {line.id: base_port + index if base_port else 0 for index, line in enumerate(compound.lines)}


def shift_to(hour: float | None, now: float) -> float:
    """Seconds from the time `now` to that hour of the same day in Shanghai; 0 for the real hour."""
    return 0.0 if hour is None else (hour - hour_of(now)) * 3600


def steady_clock() -> Clock:
    """Seconds since 1970 as of now, going on with the loop's clock whatever happens to the real one."""
    loop = asyncio.get_running_loop()
    began = time.time() - loop.time()
    return lambda: began + loop.time()


@asynccontextmanager
async def serving(options: Options) -> AsyncIterator[Serving]:
    """Serve a compound while the context is open. Raises `NotLoopback`, `PortTaken` or `ValueError` with a sentence."""
    host = loopback_only(options.host)
    control_host, control_port = split_address(options.control)
    compound = grow(options.seed, options.buildings)
    clock = steady_clock()
    world = World(compound, clock(), shift_to(options.hour, clock()))
    stirred = asyncio.Event()
    async with AsyncExitStack() as stack:
        ports: dict[str, int] = {}
        for line_id, port in base_ports(compound, options.base_port).items():
            line = next(line for line in compound.lines if line.id == line_id)
            stations = {unit: world.stations[entrance.id] for unit, entrance in line.units}
            modbus = ModbusPort(stations, clock, is_bus=line.is_bus)
            stack.push_async_callback(modbus.close)
            ports[line_id] = await modbus.open(host, port)
        control = Control(world, clock, stirred.set)
        server = await _listen_for_control(control, control_host, control_port)
        stack.push_async_callback(_close, server)
        bound = server.sockets[0].getsockname()
        shown = f"[{bound[0]}]:{bound[1]}" if ":" in bound[0] else f"{bound[0]}:{bound[1]}"
        if options.story is not None:
            target = None if options.target is None else stories.target_named(options.target)
            world.start(_story(options.story), target, clock())
        async with asyncio.TaskGroup() as tasks:
            living = tasks.create_task(_live(world, clock, stirred), name="simulator: the world")
            yield Serving(world, clock, host, ports, shown)
            living.cancel()


async def run(options: Options) -> None:
    """Serve until SIGTERM, SIGINT, or the end of stdin where asked for; says in one line of JSON when it is ready."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with serving(options) as now_serving, asyncio.TaskGroup() as tasks:
        if options.write_config is not None:
            options.write_config.write_text(now_serving.config, "utf-8")
        said = now_serving.config if options.print_config else json.dumps(_ready(now_serving, options)) + "\n"
        sys.stdout.write(said)
        sys.stdout.flush()  # the demo waits for this line
        watching = None
        if options.until_stdin_closes:
            watching = tasks.create_task(_stdin_closed(stop), name="simulator: stdin")
        await stop.wait()
        if watching is not None:
            watching.cancel()


def _ready(now_serving: Serving, options: Options) -> dict[str, object]:
    compound = now_serving.world.compound
    return {
        "ready": True,
        "control": now_serving.control,
        "controllers": len(compound.entrances),
        "lines": len(compound.lines),
        "households": compound.households,
        "silent": sorted(compound.silent),
        "dead": sorted(compound.dead),
        "config": str(options.write_config) if options.write_config else None,
    }


def _story(name: str) -> Story:
    if not name.endswith((".yaml", ".yml")):
        return stories.told(name)
    from simulator.story_file import read  # as in `story.told`

    return read(Path(name))


async def _live(world: World, clock: Clock, stirred: asyncio.Event) -> None:
    while True:
        world.advance(clock())
        stirred.clear()
        try:
            async with asyncio.timeout(max(0.0, world.next_at - clock())):
                await stirred.wait()
        except TimeoutError:
            pass  # the next thing is due


async def _listen_for_control(control: Control, host: str, port: int) -> asyncio.Server:
    try:
        return await asyncio.get_running_loop().create_server(lambda: ControlConnection(control), host, port)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        raise PortTaken(
            errno.EADDRINUSE,
            f"control port {port} on {host} is taken by another program; end it, or choose another --control",
        ) from None


async def _close(server: asyncio.Server) -> None:
    server.close()
    await server.wait_closed()


async def _stdin_closed(stop: asyncio.Event) -> None:
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    try:
        while await reader.read(1024):
            pass
        stop.set()
    finally:
        transport.close()
