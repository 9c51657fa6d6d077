"""The requests by which a controller's table is read, written and committed, and their answers (docs/acp1.md)."""

from __future__ import annotations

import struct
from enum import IntEnum
from typing import TYPE_CHECKING, Final

from pymodbus.pdu.register_message import ReadWriteMultipleRegistersRequest

from drivers.modbus.frame import Frame
from drivers.modbus.table_plan import Standing, Window

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drivers.modbus.table_plan import Goal, Write
    from drivers.product import PermitTable

BEGIN: Final = 5
COMMIT: Final = 6
COPY_OF_ACTIVE: Final = 1
EMPTY_BANK: Final = 0
EMPTY_IS_MEANT: Final = 0xE0FF
"""ARG of a commit by which a controller takes a table without users."""

_MAILBOX_COMMIT: Final = 0xA55A
_MAILBOX: Final = struct.Struct(">4HI18xH")  # id, opcode, doors, ARG, ARG32, nothing, COMMIT
_RESULT: Final = struct.Struct(">HHH")
_STATE: Final = struct.Struct(">IIHHIIH")
_U32: Final = struct.Struct(">I")
_REGISTER_BYTES: Final = 2


class Verdict(IntEnum):
    """RESULT of the mailbox."""

    DONE = 0
    BUSY = 1
    BAD_ARGUMENT = 2
    REFUSED = 3
    EXPIRED = 4
    DUPLICATE = 6


REFUSALS: Final[Mapping[int, str]] = {
    Verdict.BAD_ARGUMENT: "bad argument",
    Verdict.REFUSED: "refused",
    Verdict.EXPIRED: "expired",
}
"""Results that mean no, in words."""


class TableFrames:
    """The requests to one unit."""

    def __init__(self, unit: int, table: PermitTable) -> None:
        self._unit = unit
        self._table = table
        self._windows = {
            Window.USERS: table.users_at,
            Window.SCHEDULES: table.schedules_at,
            Window.HOLIDAYS: table.holidays_at,
        }
        self.state = Frame.reading(unit, 4, table.state_at, _STATE.size // _REGISTER_BYTES)
        self.capacity = Frame.reading(unit, 4, table.user_capacity_at, 1)
        self.zone = Frame.reading(unit, 3, table.zone_at, 1)

    def setting_zone(self, minutes: int) -> Frame:
        """Write the zone and read it back."""
        return self._written_and_read(self._table.zone_at, struct.pack(">h", minutes), self._table.zone_at, 1)

    def begin(self, command_id: int, version: int, *, copy: bool) -> Frame:
        """Begin a table, and read what came of it."""
        return self._mail(command_id, BEGIN, COPY_OF_ACTIVE if copy else EMPTY_BANK, version)

    def commit(self, command_id: int, goal: Goal) -> Frame:
        """Make the staged bank the active one, and read what came of it."""
        return self._mail(command_id, COMMIT, 0 if goal.users else EMPTY_IS_MEANT, goal.version)

    def expect(self, total: int) -> Frame:
        """Say which sum is expected, and read where the table stands."""
        return self._written_and_read(
            self._table.expected_sum_at, _U32.pack(total), self._table.state_at, _STATE.size // _REGISTER_BYTES
        )

    def write(self, write: Write) -> tuple[Frame, bytes]:
        """Write one record and read it back: with what must come back."""
        window, registers = self._windows[write.window], write.registers()
        return self._written_and_read(window, registers, window, len(registers) // _REGISTER_BYTES), registers

    def standing(self, content: bytes) -> Standing:
        """Where the table stands, from the answer to `state` or `expect`."""
        version, total, users, staged, staged_version, staged_sum, written = _STATE.unpack(content)
        return Standing(version, total, users, bool(staged), staged_version, staged_sum, written)

    def verdict(self, content: bytes, command_id: int) -> int:
        """What came of a command, from the answer to `begin` or `commit`; BUSY where it speaks of another one."""
        said_id, result, _ = _RESULT.unpack(content)
        return int(result) if said_id == command_id else Verdict.BUSY

    def _mail(self, command_id: int, opcode: int, argument: int, version: int) -> Frame:
        registers = _MAILBOX.pack(command_id, opcode, 0, argument, version, _MAILBOX_COMMIT)
        result_registers = _RESULT.size // _REGISTER_BYTES
        return self._written_and_read(self._table.mailbox_at, registers, self._table.result_at, result_registers)

    def _written_and_read(self, write_at: int, registers: bytes, read_at: int, count: int) -> Frame:
        words = list(struct.unpack(f">{len(registers) // _REGISTER_BYTES}H", registers))
        request = ReadWriteMultipleRegistersRequest(
            read_address=read_at, read_count=count, write_address=write_at, write_registers=words
        )
        return Frame(self._unit, bytes((request.function_code,)) + request.encode())
