"""The side-by-side set, one run after the other on a quiet machine, and its table.

    python -m bench.peers.run HARNESS [--quick] [--peers gridpost,nodered,tb] [--sizes 50,200,400] [--faults broker,...]

HARNESS is the folder of the harness; its `setup.sh` has been run (README.md). About 35 minutes whole: scale takes 35 s a
run (110 s for ThingsBoard, which starts slowly), a fault 75 to 95 s. `--quick`: 10 controllers, no faults, 2 minutes.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.peers import per_topic

if TYPE_CHECKING:
    from collections.abc import Callable

PEERS = {"gridpost": "", "nodered": "", "tb": "wide"}
"""Each peer with its variant."""

FAULTS = {
    "broker": (50, 1),
    "brokerkill": (50, 1),
    "brokerfreeze": (50, 1),
    "kill9": (50, 1),
    "dead": (50, 10),
}
"""Each fault with the number of controllers and how many of them stand behind one TCP port."""

SLOW = {"--warm": "45", "--drain": "25", "--start-timeout": "120"}
"""What ThingsBoard needs at 200 controllers and more: it starts for up to 37 s and comes 5 to 25 s late under load."""

STEADY = {"--warm": "8", "--drain": "8"}
RUN_LIMIT_SECONDS = 300
COLUMNS: dict[str, Callable[[dict[str, Any]], object]] = {
    "run": lambda r: r["name"],
    "points/s": lambda r: f"{r['points_s']} of {r['offered_points_s']}",
    "cpu %": lambda r: r["cpu_pct"],
    "cpu s/1000 points": lambda r: r["cpu_s_per_1000_points"],
    "RSS MB": lambda r: r["rss_peak_mb"],
    "read to MQTT p50/p99 ms": lambda r: f"{_ms(r['lat_p50'])}/{_ms(r['lat_p99'])}",
    "door p50/p99 ms": lambda r: f"{_ms(r['door_lat_p50'])}/{_ms(r['door_lat_p99'])}",
    "lost": lambda r: r["lost"],
    "twice": lambda r: r["dup"],
    "reordered per topic": lambda r: r["reordered_per_topic"],
    "fresh after s": lambda r: _or_dash(r.get("fresh_s")),
    "neighbours' polls %": lambda r: _or_dash(r.get("phase_dead", {}).get("polls_pct")),
    "polls on time %": lambda r: r["polls_pct"],
}


def main() -> None:
    """Run the set and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("harness", type=Path)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--peers", default=",".join(PEERS))
    parser.add_argument("--sizes", default="50,200,400")
    parser.add_argument("--faults", default=",".join(FAULTS))
    asked = parser.parse_args()
    harness = asked.harness.resolve()
    _install(harness)
    peers = asked.peers.split(",")
    sizes = [10] if asked.quick else [int(size) for size in asked.sizes.split(",") if size]
    faults = [] if asked.quick else [fault for fault in asked.faults.split(",") if fault]
    results = [_run(harness, peer, "none", controllers, 1) for controllers in sizes for peer in peers]
    results += [_run(harness, peer, fault, *FAULTS[fault]) for fault in faults for peer in peers]
    _print_table([result for result in results if result])


def _install(harness: Path) -> None:
    """Put our file among the harness's peers."""
    link = harness / "peers" / "gridpost.py"
    link.unlink(missing_ok=True)
    link.symlink_to(Path(__file__).resolve().parent / "gridpost.py")


def _run(harness: Path, peer: str, fault: str, controllers: int, units: int) -> dict[str, Any]:
    """One run of the harness; empty where it failed, with its last words on stderr."""
    options = dict(STEADY)
    if peer == "tb" and controllers >= 200:
        options |= SLOW
    options |= {"--secs": "15" if fault == "none" else "25", "--fault": fault, "--units": str(units)}
    asked = ["--peer", peer, "--variant", PEERS[peer], "--n", str(controllers)]
    command = [_python(), str(harness / "bench.py"), *asked, *(word for option in options.items() for word in option)]
    print(" ".join(command[1:]), file=sys.stderr, flush=True)
    done = subprocess.run(command, cwd=harness, capture_output=True, text=True, timeout=RUN_LIMIT_SECONDS, check=False)
    lines = done.stdout.splitlines()
    if done.returncode or not lines:
        print(f"failed: {done.stderr[-500:]}", file=sys.stderr)
        return {}
    result: dict[str, Any] = json.loads(lines[-1])
    return result | _per_topic(harness, result)


def _per_topic(harness: Path, result: dict[str, Any]) -> dict[str, Any]:
    """What the harness does not count."""
    if str(harness) not in sys.path:
        sys.path.append(str(harness))
    peer = importlib.import_module(f"peers.{result['peer']}")
    folder = _home() / "results" / result["name"]
    return {"reordered_per_topic": per_topic.reordered(folder, peer), "fresh_s": per_topic.fresh(folder, peer, result)}


def _home() -> Path:
    return Path(os.environ.get("PEERS_HOME", "~/.cache/gateway-peers")).expanduser()


def _python() -> str:
    return str(_home() / "venv-h" / "bin" / "python")


def _ms(seconds: float | None) -> str:
    return "-" if seconds is None else f"{seconds * 1000:.0f}"


def _or_dash(value: object) -> object:
    return "-" if value is None else value


def _print_table(results: list[dict[str, Any]]) -> None:
    print("| " + " | ".join(COLUMNS) + " |")
    print("|---" * len(COLUMNS) + "|")
    for result in results:
        print("| " + " | ".join(str(cell(result)) for cell in COLUMNS.values()) + " |")


if __name__ == "__main__":
    main()
