from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
import uvloop

from gateway.serve.accounts import actors
from tests.serve.compound import TENDED, Town, open_town, served

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping
    from pathlib import Path

ON_BOTH_LOOPS = frozenset({"test_tls.py"})
"""uvloop's transports differ from asyncio's in what a connection is let in by."""


def pytest_asyncio_loop_factories(
    item: pytest.Item,
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    if item.path.name in ON_BOTH_LOOPS:
        return {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}
    return {"asyncio": asyncio.new_event_loop}


@pytest_asyncio.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    """A served compound in which all is well."""
    async with open_town(tmp_path) as town, served(town):
        yield town


@pytest_asyncio.fixture
async def tended(tmp_path: Path) -> AsyncIterator[Town]:
    """The same with parcel lockers and charging rooms."""
    async with open_town(tmp_path, TENDED) as town, served(town):
        yield town


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def attacked(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    """One served compound for all of them, in which wrong credentials are not slowed: attacked once it must stand the next."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(actors, "DELAY_SECONDS", 0.0)
        async with open_town(tmp_path_factory.mktemp("attacked")) as town, served(town):
            yield town
