"""What the harness counts per controller, counted per topic: whether what came on one topic came in order.

The harness takes all messages of a controller for one stream. Gridpost has two: what had to wait comes on `.../late`,
beside fresh values, so that taken together they are out of order by design. Standard library only.
"""

from __future__ import annotations

import gzip
import struct
from collections import defaultdict
from typing import IO, TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SEQUENCE = "h0"
"""The register that the harness's controllers raise by one at each read."""

EVENT, READ = "<dIHBx", 1
"""A row of the simulator's log (time, number, controller, kind), and the kind that says that the register was read."""


def reordered(folder: Path, peer: Any) -> int:
    """Readings of a run that came, for the first time, behind a later one of the same topic and controller."""
    newest: dict[tuple[str, int], int] = {}
    seen: dict[tuple[str, int], set[int]] = defaultdict(set)
    out_of_order = 0
    for _, topic, payload in _messages(folder):
        for controller, values, _ in peer.decode(topic, payload):
            if SEQUENCE not in values:
                continue
            lane, number = (topic, controller), int(values[SEQUENCE])
            if number not in seen[lane]:
                seen[lane].add(number)
                out_of_order += number < newest.get(lane, -1)
                newest[lane] = max(number, newest.get(lane, -1))
    return out_of_order


def fresh(folder: Path, peer: Any, result: dict[str, Any]) -> float | None:
    """Seconds from the broker's return to the arrival of the first value that was read after it; None without one."""
    if "up" not in result["faults"]:
        return None
    up: float = result["w0"] + result["faults"]["up"]
    read_after = {(c, number) for at, number, c, kind in _events(folder) if kind == READ and at > up}
    for at, topic, payload in _messages(folder):
        if at > up and any((c, v.get(SEQUENCE)) in read_after for c, v, _ in peer.decode(topic, payload)):
            return round(at - up, 2)
    return None


def _messages(folder: Path) -> Iterator[tuple[float, str, bytes]]:
    with _opened(folder / "messages.log") as lines:
        for line in lines:
            parts = line.rstrip(b"\n").split(b" ", 2)
            if len(parts) == 3:
                yield float(parts[0]), parts[1].decode(), parts[2]


def _events(folder: Path) -> Iterator[tuple[float, int, int, int]]:
    with _opened(folder / "events.bin") as events:
        data = events.read()
    return struct.iter_unpack(EVENT, data[: len(data) // struct.calcsize(EVENT) * struct.calcsize(EVENT)])


def _opened(path: Path) -> IO[bytes]:
    """A file of a run, packed or not."""
    packed = path.with_name(path.name + ".gz")
    return cast("IO[bytes]", gzip.open(packed)) if packed.exists() else path.open("rb")
