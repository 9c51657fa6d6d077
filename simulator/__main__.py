"""`python -m simulator`: run a compound, print its configuration or its past, start a story in a running one.

`gridpost simulate` is the same, and without a command it runs the compound and prints the `compound.yaml` that reaches it.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from simulator import story as stories
from simulator.backfill import past, write_csv
from simulator.charging_past import charging_past
from simulator.compound import BUILDINGS, grow
from simulator.control import ask
from simulator.detectors import write_sensors
from simulator.layout import compound_yaml
from simulator.loopback import loopback_only, split_address
from simulator.permits import write_permits
from simulator.power import Power
from simulator.run import (
    DEFAULT_BASE_PORT,
    DEFAULT_CONTROL,
    DEFAULT_HOST,
    DEFAULT_SEED,
    BusWay,
    Options,
    base_ports,
    proxy_ports,
    realm_port,
    run,
    services_port,
    shift_to,
)
from simulator.staff import service_keys

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

REFUSED = 2


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status: 0, or 2 after a sentence on stderr."""
    parser, commands = _parser()
    words = list(sys.argv[1:] if argv is None else argv)
    if not words or (words[0] not in commands and words[0] not in ("-h", "--help")):
        words = ["run", "--print-config", *words]
    arguments = parser.parse_args(words)
    try:
        status: int = arguments.command(arguments)
    except (ValueError, OSError) as error:
        print(f"simulator: {_sentence(error)}", file=sys.stderr)  # noqa: T201 - a command line speaks
        return REFUSED
    return status


def _run(arguments: argparse.Namespace) -> int:
    asyncio.run(
        run(
            Options(
                seed=arguments.seed,
                buildings=arguments.buildings,
                host=arguments.host,
                base_port=arguments.base_port,
                control=arguments.control,
                bus=BusWay.SERIAL if arguments.serial_bus else BusWay.RTU if arguments.rtu_bus else BusWay.GATEWAY,
                hour=arguments.hour,
                story=arguments.story,
                target=arguments.target,
                write_config=arguments.write_config,
                permits=arguments.permits,
                sensors=arguments.sensors,
                sensor_list=arguments.sensor_list,
                broker=arguments.broker,
                tags=arguments.tags,
                print_config=arguments.print_config,
                until_stdin_closes=arguments.until_stdin_closes,
            )
        )
    )
    return 0


def _config(arguments: argparse.Namespace) -> int:
    split_address(arguments.control)
    if not arguments.base_port:
        raise ValueError("`config` serves nothing and cannot know free ports; name a --base-port")
    compound = grow(arguments.seed, arguments.buildings)
    reached = base_ports(compound, arguments.base_port)
    host = loopback_only(arguments.host)
    proxies = proxy_ports(compound, arguments.base_port) if arguments.sensors else {}
    power = Power(compound, time.time).at_port(realm_port(compound, arguments.base_port, len(proxies)))
    shown = f"[{host}]" if ":" in host else host
    services = f"http://{shown}:{services_port(arguments.base_port)}" if service_keys() else ""
    written = compound_yaml(
        compound, host, reached, proxies, arguments.control, stories.names(), realms=(power,), services=services
    )
    sys.stdout.write(written)
    return 0


def _backfill(arguments: argparse.Namespace) -> int:
    end = time.time() if arguments.until is None else arguments.until
    start = end - arguments.hours * 3600
    compound = grow(arguments.seed, arguments.buildings)
    shift = shift_to(arguments.hour, end)
    write_csv(chain(past(compound, start, end, shift), charging_past(compound, start, end, shift)), sys.stdout)
    return 0


def _permits(arguments: argparse.Namespace) -> int:
    write_permits(grow(arguments.seed, arguments.buildings), time.time(), sys.stdout)
    return 0


def _sensors(arguments: argparse.Namespace) -> int:
    write_sensors(grow(arguments.seed, arguments.buildings), sys.stdout)
    return 0


def _story(arguments: argparse.Namespace) -> int:
    request = {"do": "story", "name": arguments.name, "target": arguments.target}
    reply = asyncio.run(ask(arguments.at, request))
    print(reply["target"])  # noqa: T201 - a command line speaks
    return 0


def _sentence(error: Exception) -> str:
    return str(error.strerror if isinstance(error, OSError) and error.strerror else error)


def _hour(text: str) -> float:
    hour = float(text)
    if not 0 <= hour < 24:  # noqa: PLR2004 - hours of a day
        raise ValueError(text)
    return hour


def _parser() -> tuple[argparse.ArgumentParser, Collection[str]]:
    grown = argparse.ArgumentParser(add_help=False)
    grown.add_argument("--seed", type=int, default=DEFAULT_SEED, help="the compound's seed (%(default)s)")
    grown.add_argument("--buildings", type=int, default=BUILDINGS, help="only the first N buildings (%(default)s)")
    placed = argparse.ArgumentParser(add_help=False)
    placed.add_argument("--host", default=DEFAULT_HOST, help="loopback address to serve on (%(default)s)")
    placed.add_argument(
        "--base-port", type=int, default=DEFAULT_BASE_PORT, help="first Modbus port, 0 for free ones (%(default)s)"
    )
    placed.add_argument("--control", default=DEFAULT_CONTROL, help="HOST:PORT of the control port (%(default)s)")
    placed.add_argument(
        "--no-sensors", dest="sensors", action="store_false", help="a compound without sensors and their receivers"
    )
    lived = argparse.ArgumentParser(add_help=False)
    lived.add_argument("--hour", type=_hour, help="live as if it were this hour now, such as 7.5")

    parser = argparse.ArgumentParser(prog="simulator", description="A whole compound on loopback.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    running = commands.add_parser("run", parents=[grown, placed, lived], help="serve the compound")
    running.add_argument(
        "story", nargs="?", help=f"a story to start with: {', '.join(stories.names())}, or a file.yaml"
    )
    running.add_argument("--target", help="where the story happens, such as b3u1/door1")
    running.add_argument("--write-config", type=Path, metavar="PATH", help="write the compound.yaml that reaches it")
    running.add_argument("--permits", type=Path, metavar="PATH", help="write the residents' permits as CSV")
    running.add_argument(
        "--sensors", dest="sensor_list", type=Path, metavar="PATH", help="write the list of its sensors as CSV"
    )
    running.add_argument(
        "--broker",
        metavar="own|HOST:PORT",
        help="have what is on MQTT too, at this broker on this machine, or at one that the simulator brings",
    )
    running.add_argument("--tags", type=Path, metavar="PATH", help="write the tags of those who charge there as CSV")
    way = running.add_mutually_exclusive_group()
    way.add_argument("--serial-bus", action="store_true", help="the RS-485 bus is a serial port (a pseudo-terminal)")
    way.add_argument("--rtu-bus", action="store_true", help="the RS-485 bus is a TCP port with bare RTU frames")
    running.add_argument("--print-config", action="store_true", help="print it, in place of one line of JSON")
    running.add_argument("--until-stdin-closes", action="store_true", help="end when stdin ends")
    running.set_defaults(command=_run)

    config = commands.add_parser("config", parents=[grown, placed], help="print the compound.yaml that reaches it")
    config.set_defaults(command=_config)

    backfill = commands.add_parser("backfill", parents=[grown, lived], help="print the past as CSV")
    backfill.add_argument("--hours", type=float, default=24.0, help="how far back (%(default)s)")
    backfill.add_argument("--until", type=float, metavar="UTC", help="seconds since 1970; now unless told")
    backfill.set_defaults(command=_backfill)

    permits = commands.add_parser("permits", parents=[grown], help="print the permits of the residents as CSV")
    permits.set_defaults(command=_permits)

    sensors = commands.add_parser("sensors", parents=[grown], help="print the list of the sensors as CSV")
    sensors.set_defaults(command=_sensors)

    telling = commands.add_parser("story", help="start a story in a running simulator")
    telling.add_argument("name")
    telling.add_argument("--target", help="where it happens, such as b3u1/door1")
    telling.add_argument("--at", default=DEFAULT_CONTROL, metavar="HOST:PORT", help="its control port (%(default)s)")
    telling.set_defaults(command=_story)
    return parser, commands.choices


if __name__ == "__main__":
    sys.exit(main())
