"""Frames for a controller's table, as a gateway writes it."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING

from simulator.ring import crc16
from tests.simulator.box import mailbox, order, send

if TYPE_CHECKING:
    from simulator.controller import Controller

USER, SCHEDULE, HOLIDAY = 0x2000, 0x2100, 0x2200
BEGIN, COMMIT, ABORT = 5, 6, 7
DONE, BAD_ARGUMENT = 0, 2
REFUSED = bytes((0x90, 3))


def user(
    credential: int, from_utc: int = 0, until_utc: int = 0, doors: int = 3, schedule: int = 0, flags: int = 0
) -> bytes:
    return struct.pack(">QIIHHH", credential, from_utc, until_utc, doors, schedule, flags)


def week(**days: tuple[int, int, int, int]) -> bytes:
    """A schedule: for day0 (Monday) to day6 and day7 (holidays) two spans in minutes."""
    words = [days.get(f"day{day}", (0, 0, 0, 0)) for day in range(8)]
    return struct.pack(">32H", *(word for day in words for word in day))


def holiday(day: int, kind: int = 7) -> bytes:
    return struct.pack(">HH", day, kind)


def window(address: int, index: int, words: bytes, crc: int | None = None) -> bytes:
    data = index.to_bytes(2, "big") + words + (crc16(words) if crc is None else crc).to_bytes(2, "big")
    return struct.pack(">BHHB", 16, address, len(data) // 2, len(data)) + data


def put(controller: Controller, address: int, index: int, words: bytes, now: float) -> bool:
    return send(controller, window(address, index, words), now)[0] == 16


def read(controller: Controller, address: int, count: int, now: float, function: int = 3) -> bytes:
    return send(controller, struct.pack(">BHH", function, address, count), now)[2:]


def expect(controller: Controller, total: int, now: float) -> None:
    send(controller, struct.pack(">BHHBI", 16, 0x2310, 2, 4, total), now)


def state(controller: Controller, now: float) -> tuple[int, ...]:
    """ACTIVE_VERSION, ACTIVE_SUM, ACTIVE_COUNT, STAGED, STAGED_VERSION, STAGED_SUM, STAGED_WRITTEN."""
    return struct.unpack(">IIHHIIH", read(controller, 0x2300, 11, now, function=4))


def sum_of(users: dict[int, bytes], schedules: dict[int, bytes], holidays: dict[int, bytes]) -> int:
    """The sum as the map spells it out."""
    data = b""
    for records in (users, schedules, holidays):
        for index in sorted(records):
            data += index.to_bytes(2, "big") + records[index]
    return zlib.crc32(data)


def commit(controller: Controller, version: int, now: float, *, command_id: int, argument: int = 0) -> int:
    """Say the staged sum and commit; returns the RESULT."""
    expect(controller, state(controller, now)[5], now)
    return order(controller, mailbox(command_id, COMMIT, argument=argument, argument32=version), now)


def load(controller: Controller, users: dict[int, bytes], now: float, version: int = 1) -> None:
    """Make these users the active table."""
    assert order(controller, mailbox(1000 + version, BEGIN, argument32=version), now) == DONE
    for index, words in users.items():
        assert put(controller, USER, index, words, now)
    assert commit(controller, version, now, command_id=2000 + version) == DONE
