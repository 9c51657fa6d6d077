"""The gateway's own numbers as fields of one line of telemetry, for dashboards beside its readings."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

from drivers.contract import Link
from gateway.model import Priority

if TYPE_CHECKING:
    from collections.abc import Collection

    from gateway.keep.latest import HeldDevice
    from gateway.keep.outbox import Outbox
    from gateway.numbers import Numbers
    from gateway.serve.standing import Standing

PAGE_BYTES = 4096
"""The unit of /proc/self/statm on every machine that this runs on."""


def own_numbers(
    numbers: Numbers, devices: Collection[HeldDevice], standing: Standing, outbox: Outbox, utc: float
) -> dict[str, bool | float]:
    """Counters since the process started and gauges of this moment, each a whole number but for ages in seconds.

    `devices` are all but detectors, which are supervised by their own deadlines. The counters are those of `gateway.numbers`.
    Listed in docs/telemetry.md.
    """
    told: dict[str, bool | float] = {
        field.name: value for field in fields(numbers) if isinstance(value := getattr(numbers, field.name), int)
    }
    told["devices_up"] = sum(held.link is Link.UP for held in devices)
    told["devices_unheard"] = sum(not held.fresh for held in devices)
    priorities = [stood.alarm.priority for stood in standing if stood.open]
    for priority in Priority:
        told[f"alarms_p{int(priority)}"] = priorities.count(priority)
    held = outbox.held()
    told["outbox_points"], told["outbox_bytes"] = held.points, held.bytes
    told["outbox_oldest_seconds"] = max(0.0, utc - held.oldest_utc) if held.oldest_utc else 0.0
    told["outbox_dropped"] = held.dropped
    told["disk_free_bytes"] = outbox.room.free_bytes
    with suppress(OSError):  # no file descriptor left is no reason to end
        told["resident_bytes"] = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * PAGE_BYTES
    return told
