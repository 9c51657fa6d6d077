"""The simulator as a running process: ports, control and the world in real time, until it is told to end."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
import time
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

from simulator import story as stories
from simulator.air import Air
from simulator.broker import broker_at, stdin_closed
from simulator.charging import Charging
from simulator.charging_rooms import write_tags
from simulator.compound import BUILDINGS, Compound, Line, grow
from simulator.control import Control, ControlConnection
from simulator.detectors import write_sensors
from simulator.fed import FedControllers, FedGasDetectors, FedReceivers
from simulator.gateway import SETTINGS, GatewayPort, Quirks
from simulator.layout import Reached, compound_yaml
from simulator.lockers import Lockers
from simulator.loopback import listening, loopback_only, split_address
from simulator.modbus import ModbusPort
from simulator.permits import write_permits
from simulator.power import PORTS, Power
from simulator.proxy import Proxy
from simulator.proxy_radio import ProxyRadio
from simulator.receivers import receivers_of
from simulator.rhythm import hour_of
from simulator.rtu import PtyBus, RtuTcpPort
from simulator.staff import service_keys
from simulator.world import World

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Sequence

    from simulator.bus import Clock
    from simulator.fed import Fed
    from simulator.mqtt_device import BrokerAddress
    from simulator.story import Story

DEFAULT_SEED = 7
DEFAULT_HOST = "127.0.0.1"
DEFAULT_BASE_PORT = 15_000
DEFAULT_CONTROL = "127.0.0.1:15900"
BREATH_SECONDS = 0.01
"""Between two looks at what is due: 6,000 sensors would wake the process hundreds of times a second."""


class BusWay(Enum):
    """How the buses of the compound are reached."""

    GATEWAY = "gateway"
    """Modbus TCP through a TCP-to-RTU gateway."""
    SERIAL = "serial"
    """A serial port: a real pseudo-terminal."""
    RTU = "rtu"
    """A TCP port that carries the bare RTU frames."""


@dataclass(frozen=True, slots=True)
class Options:
    """What to simulate and where.

    `base_port` 0 takes free ports. `bus` other than a gateway makes a bus in a compound that is too small to have one.
    `permits` is where a CSV of the residents' permits is written, `sensor_list` where one of the sensors is; without `sensors`
    the compound has none, and no receivers. `broker` is where its devices on MQTT meet: HOST:PORT, or `own` for one that the
    simulator brings; without one there are none, and no lockers or chargers. `tags` is where a CSV of those who charge is
    written. `hour` is when people live, None for the real hour. `story` is a shipped one or a file.yaml. `print_config` prints
    the configuration when it serves, in place of the line of JSON.
    """

    seed: int = DEFAULT_SEED
    buildings: int = BUILDINGS
    host: str = DEFAULT_HOST
    base_port: int = DEFAULT_BASE_PORT
    control: str = DEFAULT_CONTROL
    bus: BusWay = BusWay.GATEWAY
    hour: float | None = None
    story: str | None = None
    target: str | None = None
    write_config: Path | None = None
    permits: Path | None = None
    sensors: bool = True
    sensor_list: Path | None = None
    broker: str | None = None
    tags: Path | None = None
    print_config: bool = False
    until_stdin_closes: bool = False


@dataclass(frozen=True, slots=True)
class Serving:
    """A simulator that serves: its world, its clock, and where it is reached."""

    world: World
    clock: Clock
    host: str
    reached: dict[str, Reached]
    proxies: dict[str, int]
    control: str
    broker: BrokerAddress | None
    services: str
    """The URL of the services that carry messages to people, "" for none."""

    @property
    def config(self) -> str:
        """The `compound.yaml` that reaches it."""
        world = self.world
        return compound_yaml(
            world.compound,
            self.host,
            self.reached,
            self.proxies,
            self.control,
            stories.names(),
            self.broker,
            world.realms,
            self.services,
        )


def base_ports(compound: Compound, base_port: int) -> dict[str, Reached]:
    """The port of each line, counted up from `base_port`; all 0, for free ones, when that is 0. A bus has its gateway."""
    ports = {line.id: base_port + index if base_port else 0 for index, line in enumerate(compound.lines)}
    return {
        line.id: _behind_gateway(ports[line.id]) if line.is_bus else Reached(ports[line.id]) for line in compound.lines
    }


def proxy_ports(compound: Compound, base_port: int) -> dict[str, int]:
    """The port of each receiver, counted up after those of the lines; all 0, for free ones, when `base_port` is 0."""
    first = base_port + len(compound.lines)
    return {receiver.id: first + index if base_port else 0 for index, receiver in enumerate(receivers_of(compound))}


def _behind_gateway(port: int) -> Reached:
    return Reached(port, wire=SETTINGS, timeout_seconds=Quirks().timeout_seconds)


def services_port(base_port: int) -> int:
    """The port of the services that carry messages to people, below all others; 0, for a free one, when `base_port` is 0."""
    return max(0, base_port - 1)


def realm_port(compound: Compound, base_port: int, proxies: int) -> int:
    """The first port of the realms, after those of the lines and of the receivers; 0, for free ones, when `base_port` is 0."""
    return base_port + len(compound.lines) + proxies if base_port else 0


def realms_of(
    compound: Compound, clock: Clock, shift_seconds: float, stirred: Callable[[], None], *, with_mqtt: bool
) -> Sequence[Lockers | Charging]:
    """What lives in the compound beside its doors, its sensors and its mains."""
    if not with_mqtt:
        return ()
    return (Lockers(compound, clock, shift_seconds, stirred), Charging(compound, clock, shift_seconds, stirred))


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
    compound = grow(options.seed, options.buildings, with_bus=options.bus is not BusWay.GATEWAY)
    clock = steady_clock()
    stirred = asyncio.Event()
    async with AsyncExitStack() as stack:
        shift = shift_to(options.hour, clock())
        broker_there = None
        if options.broker is not None:
            broker_there = await stack.enter_async_context(broker_at(options.broker, host))
        proxies = proxy_ports(compound, options.base_port) if options.sensors else {}
        radio = await _open_proxies(proxies, host, stack)
        air = Air(compound, radio, clock(), shift) if options.sensors else None
        realms = realms_of(compound, clock, shift, stirred.set, with_mqtt=broker_there is not None)
        power, first_port = Power(compound, clock), realm_port(compound, options.base_port, len(proxies))
        for realm in (power, *realms):
            stack.push_async_callback(realm.close)
            await realm.open(host, first_port)
            first_port += PORTS if realm is power and first_port else 0
        services = await _open_services(host, options.base_port, stack)
        world = World(compound, clock(), shift, air, (power, *realms))
        power.fed = [*_fed(world, power, radio), *realms]
        reached = base_ports(compound, options.base_port)
        for line in compound.lines:
            port = reached[line.id].port
            reached[line.id] = await _open(line, world, clock, options.bus, host, port, stack)
        control = Control(world, clock, stirred.set)
        server, _ = await listening(
            lambda: ControlConnection(control), control_host, control_port, "control port", "--control"
        )
        stack.push_async_callback(_close, server)
        bound = server.sockets[0].getsockname()
        shown = f"[{bound[0]}]:{bound[1]}" if ":" in bound[0] else f"{bound[0]}:{bound[1]}"
        if options.story is not None:
            target = None if options.target is None else stories.target_named(options.target)
            world.start(_story(options.story), target, clock())
        broker = await broker_there() if broker_there is not None else None
        async with asyncio.TaskGroup() as tasks:
            living = [tasks.create_task(_live(world, clock, stirred), name="simulator: the world")]
            living += [tasks.create_task(realm.run(broker), name=f"simulator: {realm.name}") for realm in world.realms]
            yield Serving(world, clock, host, reached, proxies, shown, broker, services)
            for task in living:
                task.cancel()


async def run(options: Options) -> None:
    """Serve until SIGTERM, SIGINT, or the end of stdin where asked for; says in one line of JSON when it is ready."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with serving(options) as now_serving, asyncio.TaskGroup() as tasks:
        if options.write_config is not None:
            options.write_config.write_text(now_serving.config, "utf-8")
        if options.permits is not None:
            with options.permits.open("w", encoding="utf-8", newline="") as file:
                write_permits(now_serving.world.compound, now_serving.clock(), file)
        if options.sensor_list is not None:
            with options.sensor_list.open("w", encoding="utf-8", newline="") as file:
                write_sensors(now_serving.world.compound, file)
        if options.tags is not None:
            with options.tags.open("w", encoding="utf-8", newline="") as file:
                write_tags(now_serving.world.compound, file)
        said = now_serving.config if options.print_config else json.dumps(_ready(now_serving, options)) + "\n"
        sys.stdout.write(said)
        sys.stdout.flush()  # the demo waits for this line
        watching = None
        if options.until_stdin_closes:
            watching = tasks.create_task(stdin_closed(stop), name="simulator: stdin")
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
        "sensors": 0 if now_serving.world.air is None else len(now_serving.world.air.sensors),
        **{realm.name: len(realm) for realm in now_serving.world.realms},
        "silent": sorted(compound.silent),
        "dead": sorted(compound.dead),
        "config": str(options.write_config) if options.write_config else None,
    }


def _story(name: str) -> Story:
    if not name.endswith((".yaml", ".yml")):
        return stories.told(name)
    from simulator.story_file import read  # as in `story.told`

    return read(Path(name))


def _fed(world: World, power: Power, radio: ProxyRadio) -> Iterator[Fed]:
    yield FedControllers(world.compound, world.stations, power.agenda)
    if world.air is not None:
        yield FedReceivers(receivers_of(world.compound), radio.proxies)
        yield FedGasDetectors(world.air)


async def _live(world: World, clock: Clock, stirred: asyncio.Event) -> None:
    while True:
        world.advance(clock())
        stirred.clear()
        try:
            async with asyncio.timeout(max(BREATH_SECONDS, world.next_at - clock())):
                await stirred.wait()
        except TimeoutError:
            pass  # the next thing is due


async def _open(
    line: Line, world: World, clock: Clock, way: BusWay, host: str, port: int, stack: AsyncExitStack
) -> Reached:
    """Serve a line; it is closed with the stack."""
    stations = {unit: world.stations[entrance.id] for unit, entrance in line.units}
    if not line.is_bus:
        single = ModbusPort(stations[1], clock)
        stack.push_async_callback(single.close)
        return Reached(await single.open(host, port))
    match way:
        case BusWay.SERIAL:
            pty = PtyBus(stations, clock, SETTINGS)
            stack.callback(pty.close)
            return Reached(path=pty.open(), wire=SETTINGS)
        case BusWay.RTU:
            bare = RtuTcpPort(stations, clock, SETTINGS)
            stack.push_async_callback(bare.close)
            return Reached(await bare.open(host, port), rtu=True, wire=SETTINGS)
    gateway = GatewayPort(stations, clock, SETTINGS, line.id)
    stack.push_async_callback(gateway.close)
    return _behind_gateway(await gateway.open(host, port))


async def _open_services(host: str, base_port: int, stack: AsyncExitStack) -> str:
    """Serve what carries messages to people, where there is a key for it; returns its URL, "" for none."""
    keys = service_keys()
    if keys is None:
        return ""
    from simulator.services.server import ChatServices  # aiohttp takes its time to load

    return (await stack.enter_async_context(ChatServices(services_port(base_port), host, keys))).url


async def _open_proxies(ports: dict[str, int], host: str, stack: AsyncExitStack) -> ProxyRadio:
    """Serve the receivers, and put the ports that they got into `ports`; they are closed with the stack."""
    proxies = {receiver: Proxy(receiver) for receiver in ports}
    for receiver, proxy in proxies.items():
        stack.push_async_callback(proxy.close)
        ports[receiver] = await proxy.open(host, ports[receiver])
    return ProxyRadio(proxies)


async def _close(server: asyncio.Server) -> None:
    server.close()
    await server.wait_closed()
