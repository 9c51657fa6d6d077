"""What the tests of the driver share."""

from __future__ import annotations

import pytest

from tests.drivers.ble.air import Air
from tests.drivers.recording_post import RecordingPost


@pytest.fixture
def air(monkeypatch: pytest.MonkeyPatch) -> Air:
    return Air(monkeypatch)


@pytest.fixture
def post() -> RecordingPost:
    return RecordingPost()
