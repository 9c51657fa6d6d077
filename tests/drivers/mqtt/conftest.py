"""What the tests of a line share: a real broker."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.servers.mosquitto import Mosquitto

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@pytest.fixture
async def broker(tmp_path: Path) -> AsyncIterator[Mosquitto]:
    """A mosquitto that lets everybody in."""
    async with Mosquitto(
        tmp_path / "broker", "allow_anonymous true\nautosave_interval 1\nautosave_on_changes true"
    ) as one:
        yield one
