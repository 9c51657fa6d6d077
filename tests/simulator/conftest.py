"""A private bus with a fake bluetoothd on it; what runs in the test takes it for the system's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from simulator.bluez import FakeBlueZ
from simulator.dbus import PrivateBus

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
async def private_bus(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[PrivateBus]:
    async with PrivateBus() as one:
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", one.address)
        yield one


@pytest.fixture
async def bluez(private_bus: PrivateBus) -> AsyncIterator[FakeBlueZ]:
    async with FakeBlueZ(private_bus.address, ("hci0", "hci1")) as one:
        yield one
