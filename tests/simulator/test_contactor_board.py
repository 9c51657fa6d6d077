"""The board of contactors, asked by a Modbus master of another hand."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from pyModbusTCP.client import ModbusClient

from simulator.contactor_board import CLOSES_SECONDS, OPENS_SECONDS, ContactorBoard
from simulator.contactor_port import ContactorPort

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

T0 = 1_000.0


class Bench:
    def __init__(self) -> None:
        self.now = T0
        self.moves: list[tuple[int, float]] = []
        self.stirred = 0
        self.board = ContactorBoard(lambda number, now: self.moves.append((number, now)))
        self.port = ContactorPort(self.board, lambda: self.now, self.stir)

    def stir(self) -> None:
        self.stirred += 1


@asynccontextmanager
async def bench() -> AsyncIterator[tuple[Bench, ModbusClient]]:
    one = Bench()
    await one.port.open("127.0.0.1", 0)
    master = ModbusClient("127.0.0.1", one.port.number, unit_id=1, timeout=3)
    try:
        yield one, master
    finally:
        await asyncio.to_thread(master.close)
        await one.port.close()


async def test_all_contactors_are_closed_and_no_coil_is_set() -> None:
    async with bench() as (_, master):
        assert await asyncio.to_thread(master.read_coils, 0, 8) == [False] * 8
        assert await asyncio.to_thread(master.read_discrete_inputs, 0, 8) == [True] * 8


async def test_a_coil_opens_its_contactor_a_moment_later_and_lets_it_close_again() -> None:
    async with bench() as (one, master):
        assert await asyncio.to_thread(master.write_single_coil, 2, True)
        assert one.stirred == 1
        assert await asyncio.to_thread(master.read_discrete_inputs, 2, 1) == [True]
        assert one.board.next_at == T0 + OPENS_SECONDS

        one.now += OPENS_SECONDS
        assert await asyncio.to_thread(master.read_discrete_inputs, 0, 4) == [True, True, False, True]
        assert await asyncio.to_thread(master.read_coils, 0, 4) == [False, False, True, False]

        assert await asyncio.to_thread(master.write_single_coil, 2, False)
        one.now += CLOSES_SECONDS
        assert await asyncio.to_thread(master.read_discrete_inputs, 2, 1) == [True]
        assert [number for number, _ in one.moves] == [2, 2]


async def test_several_coils_are_written_at_once() -> None:
    async with bench() as (one, master):
        assert await asyncio.to_thread(master.write_multiple_coils, 4, [True, False, True])

        one.now += OPENS_SECONDS
        assert await asyncio.to_thread(master.read_discrete_inputs, 4, 4) == [False, True, False, True]


async def test_a_contactor_that_is_stuck_shows_it_by_its_contact() -> None:
    async with bench() as (one, master):
        one.board.stuck.add(0)

        assert await asyncio.to_thread(master.write_single_coil, 0, True)
        one.now += 1

        assert await asyncio.to_thread(master.read_coils, 0, 1) == [True]
        assert await asyncio.to_thread(master.read_discrete_inputs, 0, 1) == [True]
        assert one.moves == []


@pytest.mark.parametrize(
    ("request_", "reply"),
    [
        ("0100000008", "010100"),
        ("0200000008", "0201ff"),
        ("0100000000", "8103"),
        ("01000000", "8103"),
        ("0100010008", "8102"),
        ("0500080000", "8502"),
        ("0500000001", "8503"),
        ("05000000", "8503"),
        ("0f000000020103", "0f00000002"),
        ("0f000000020203", "8f03"),
        ("0f00000000", "8f03"),
        ("0f000700020103", "8f02"),
        ("0300000001", "8301"),
    ],
)
def test_what_cannot_be_done_is_an_exception_and_changes_nothing(request_: str, reply: str) -> None:
    one = Bench()

    assert one.board.answer(bytes.fromhex(request_), T0).hex() == reply
    assert sum(one.board.tripped) == (2 if reply.startswith("0f") else 0)
