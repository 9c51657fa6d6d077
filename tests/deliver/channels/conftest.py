"""The simulated services, with everything that waits made quick."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gateway.deliver.channels import long_line
from simulator.services.server import ChatServices
from tests.deliver.channels.chatting import know_the_secrets

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
async def services(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[ChatServices]:
    monkeypatch.setattr(long_line, "FIRST_SECONDS", 0.01)
    monkeypatch.setattr(long_line, "MOST_SECONDS", 0.02)
    monkeypatch.setattr(long_line, "REFUSED_SECONDS", (0.01, 0.02))
    monkeypatch.setattr(long_line, "CLOSE_SECONDS", 0.05)
    async with ChatServices(slow_seconds=5) as services:
        know_the_secrets(monkeypatch, services)
        yield services
