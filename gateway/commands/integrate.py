"""`gridpost scan` and `gridpost try`: what an integrator needs on the first day with a device."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import typer
from rich.console import Console
from rich.table import Table

from drivers.contract import LineLost, Misconfigured, Quality
from drivers.modbus.attempt import Attempt, attempt
from drivers.modbus.device_list import write_csv
from drivers.modbus.places import network_places, serial_places
from drivers.modbus.scan import Found, scan
from drivers.profile import ProfileError, load_profile_file
from gateway.commands import WRONG

if TYPE_CHECKING:
    from pathlib import Path

    from drivers.modbus.config import Framing
    from drivers.modbus.places import Place
    from drivers.modbus.wire_time import Parity

LAST_UNIT = 255


@dataclass(frozen=True, slots=True)
class Where:
    """A place to look, as it was typed: a target with its framing, or a serial port with what is known of it."""

    target: str | None
    framing: Framing
    serial: str | None
    bauds: tuple[int, ...]
    parity: Parity | None
    stop_bits: int | None

    def places(self) -> tuple[Place, ...]:
        """Every place to look at. Raises ValueError with a sentence."""
        if (self.target is None) == (self.serial is None):
            raise ValueError("name either a target such as tcp://192.168.1.50 or a port by --serial /dev/ttyUSB0")
        if self.serial is not None:
            return serial_places(self.serial, self.bauds, self.parity, self.stop_bits)
        return network_places(self.target or "", self.framing)


def scan_places(where: Where, units: str, csv: Path | None, folders: tuple[Path, ...]) -> int:
    """Print each unit as it is found; write the list if asked to."""
    out = Console()
    found: list[Found] = []

    async def look() -> None:
        async for unit in scan(where.places(), unit_ids(units), folders=folders):
            found.append(unit)
            product = unit.product or "no profile fits"
            remark = f"  ({unit.remark})" if unit.remark else ""
            out.print(
                f"{unit.place} unit {unit.unit}: {unit.identity or 'does not say what it is'}, "
                f"serial {unit.serial or 'unknown'}, {product}{remark}",
                highlight=False,
            )

    try:
        asyncio.run(look())
        if csv is not None:
            write_csv(found, csv)
    except (ValueError, LineLost, Misconfigured, ProfileError, OSError) as wrong:
        typer.echo(str(wrong), err=True)
        return WRONG
    out.print(f"{len(found)} unit(s) found." + (f" Device list: {csv}" if csv else ""), highlight=False)
    return 0


def try_on_device(profile: Path, where: Where, unit: int) -> int:
    """Print each read with its raw registers and what the profile makes of them."""
    out = Console()
    try:
        place, *_ = where.places()
        wanted = load_profile_file(profile)

        async def read() -> bool:
            well = True
            async for one in attempt(wanted, place, unit):
                _show(one, out)
                well = well and not one.problem
            return well

        return 0 if asyncio.run(read()) else 1
    except ProfileError as wrong:
        for finding in wrong.findings:
            typer.echo(str(finding), err=True)
        return WRONG
    except (ValueError, LineLost, Misconfigured) as wrong:
        typer.echo(str(wrong), err=True)
        return WRONG


def unit_ids(text: str) -> list[int]:
    """`1-32`, `1,3,255`: unit ids in order. Raises ValueError with a sentence."""
    ids: list[int] = []
    for part in text.split(","):
        span = re.fullmatch(r"\s*(\d{1,3})(?:-(\d{1,3}))?\s*", part)
        first, last = (int(span[1]), int(span[2] or span[1])) if span else (1, 0)
        if not 0 <= first <= last <= LAST_UNIT:
            raise ValueError(f"{text!r} is not a list of unit ids: write 1-32 or 1,3,255 (0 to {LAST_UNIT})")
        ids += [unit for unit in range(first, last + 1) if unit not in ids]
    return ids


def _show(one: Attempt, out: Console) -> None:
    raw = " ".join("··" if word is None else f"{word:04x}" if one.read.function > 2 else str(word) for word in one.raw)  # noqa: PLR2004 - functions 3 and 4 read registers
    out.print(f"{one.where}: {one.problem or raw}", highlight=False)
    if not one.points:
        return
    table = Table(box=None, pad_edge=False)
    for column in ("", "point", "value", "unit", "quality"):
        table.add_column(column)
    for point in one.points:
        value = "-" if point.value is None else str(point.value)
        quality = point.quality.name.lower() + (f": {point.why}" if point.quality is not Quality.GOOD else "")
        table.add_row(" ", point.key, value, point.unit, quality)
    out.print(table)
