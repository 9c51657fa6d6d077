"""The registers of the table: its three windows, and where it stands (docs/acp1.md, "The table")."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from simulator.table import Window

if TYPE_CHECKING:
    from simulator.table import Table

FIRST, LAST = 0x2000, 0x23FF
STATE = 0x2300
EXPECTED_SUM = 0x2310

_STATE = struct.Struct(">IIHHIIH")  # 0x2300..0x230A


def state(table: Table) -> bytes:
    """Input registers 0x2300..0x230A: the active version, its sum and users, and the same of what is staged."""
    staged = table.staged
    return _STATE.pack(
        table.version,
        table.active.sum(),
        len(table.active.users),
        int(staged is not None),
        table.staged_version,
        staged.sum() if staged else 0,
        table.written,
    )


def block_at(table: Table, address: int) -> tuple[int, bytes] | None:
    """The block of holding registers that an address lies in, with its first register; None where there is none."""
    if address >= EXPECTED_SUM:
        return EXPECTED_SUM, table.expected_sum.to_bytes(4, "big")
    if address >= STATE:
        return STATE, state(table)  # the reading half of FC23 shows what a write has done
    for window in Window:
        if window.address <= address < window.address + window.registers:
            return window.address, table.read(window)
    return None


def write(table: Table, address: int, values: tuple[int, ...]) -> bool:
    """Write a whole window, its index alone, or EXPECTED_SUM; False for anything else. Raises `TableRefused`."""
    if address == EXPECTED_SUM and len(values) == 2:  # noqa: PLR2004 - one 32-bit value
        table.expected_sum = values[0] << 16 | values[1]
        return True
    for window in Window:
        if address == window.address and len(values) == 1:
            table.look(window, values[0])
            return True
        if address == window.address and len(values) == window.registers:
            words = struct.pack(f">{window.words}H", *values[1:-1])
            table.write(window, values[0], words, values[-1])
            return True
    return False


def is_torn(address: int) -> bool:
    """Whether part of a window or of EXPECTED_SUM would be written."""
    if EXPECTED_SUM <= address <= EXPECTED_SUM + 1:
        return True
    return any(window.address <= address < window.address + window.registers for window in Window)
