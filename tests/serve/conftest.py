from __future__ import annotations

from typing import TYPE_CHECKING

import pytest_asyncio

from tests.serve.compound import TENDED, Town, open_town, served

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


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
