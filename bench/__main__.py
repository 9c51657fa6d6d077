"""`python -m bench road|doors|air|... [--quick]`: figures as JSON lines; 1 when a goal is missed."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

import uvloop

from bench import air, alarms, bus, chargers, doors, page, road, telemetry
from bench.children import ChildFailed
from bench.machine import describe
from tests.servers.child import ServerMissing

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping

    from bench.figures import Figure

    Bench = Callable[[bool, Callable[[Figure], None]], Coroutine[None, None, None]]


def _road(quick: bool, tell: Callable[[Figure], None]) -> Coroutine[None, None, None]:  # noqa: FBT001 - as on the command line
    return road.Road(road.QUICK if quick else road.WHOLE, tell).run()


async def _doors(quick: bool, tell: Callable[[Figure], None]) -> None:  # noqa: FBT001
    await doors.Doors(doors.QUICK if quick else doors.WHOLE, tell).run()
    await bus.Bus(bus.QUICK if quick else bus.WHOLE, tell).run()


def _air(quick: bool, tell: Callable[[Figure], None]) -> Coroutine[None, None, None]:  # noqa: FBT001
    return air.Air(air.QUICK if quick else air.WHOLE, tell).run()


def _chargers(quick: bool, tell: Callable[[Figure], None]) -> Coroutine[None, None, None]:  # noqa: FBT001
    return chargers.Chargers(chargers.QUICK if quick else chargers.WHOLE, tell).run()


def _alarms(quick: bool, tell: Callable[[Figure], None]) -> Coroutine[None, None, None]:  # noqa: FBT001
    return alarms.Alarms(alarms.QUICK if quick else alarms.WHOLE, tell).run()


def _telemetry(quick: bool, tell: Callable[[Figure], None]) -> Coroutine[None, None, None]:  # noqa: FBT001
    return telemetry.Telemetry(telemetry.QUICK if quick else telemetry.WHOLE, tell).run()


def _outage(quick: bool, tell: Callable[[Figure], None]) -> Coroutine[None, None, None]:  # noqa: FBT001
    plan = telemetry.QUICK if quick else telemetry.WHOLE
    return telemetry.Telemetry(plan, tell).outage(telemetry.QUICK.outage_seconds if quick else telemetry.DAY)


def _page(quick: bool, tell: Callable[[Figure], None]) -> Coroutine[None, None, None]:  # noqa: FBT001
    return page.Page(page.QUICK if quick else page.WHOLE, tell).run()


BENCHES: Mapping[str, Bench] = {
    "road": _road,
    "doors": _doors,
    "air": _air,
    "chargers": _chargers,
    "alarms": _alarms,
    "telemetry": _telemetry,
    "outage": _outage,
    "page": _page,
}


def main() -> int:
    """Run the benchmark that the arguments name."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("bench", choices=[*BENCHES], help="outage: that part of telemetry alone, over a whole day")
    parser.add_argument("--quick", action="store_true", help="one size, short windows, within 45 s")
    given = parser.parse_args()

    missed: list[str] = []

    def tell(figure: Figure) -> None:
        print(figure.line(), flush=True)
        if figure.met is False:
            missed.append(f"{figure.name} at {figure.size}")

    print("; ".join(describe().values()), file=sys.stderr)
    try:
        uvloop.run(BENCHES[given.bench](given.quick, tell))
    except (ChildFailed, ServerMissing) as error:
        print(error, file=sys.stderr)
        return 1
    if missed:
        print(f"goals missed: {'; '.join(missed)}", file=sys.stderr)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
