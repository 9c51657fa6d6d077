"""`python -m bench road [--quick]`: one JSON line per figure; ends with 1 when a goal is missed."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

import uvloop

from bench.children import ChildFailed
from bench.machine import describe
from bench.road import QUICK, WHOLE, Road

if TYPE_CHECKING:
    from bench.figures import Figure


def main() -> int:
    """Run the benchmark that the arguments name."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("bench", choices=["road"])
    parser.add_argument("--quick", action="store_true", help="one size, short windows, within 45 s")
    given = parser.parse_args()

    missed: list[str] = []

    def tell(figure: Figure) -> None:
        print(figure.line(), flush=True)
        if figure.met is False:
            missed.append(f"{figure.name} at {figure.size}")

    print("; ".join(describe().values()), file=sys.stderr)
    try:
        uvloop.run(Road(QUICK if given.quick else WHOLE, tell).run())
    except ChildFailed as error:
        print(error, file=sys.stderr)
        return 1
    if missed:
        print(f"goals missed: {'; '.join(missed)}", file=sys.stderr)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
