"""The API against its own description, over a real socket: thousands of odd requests, and nothing that it should not say."""

from __future__ import annotations

import asyncio
import os
import re
import threading
from contextlib import contextmanager
from dataclasses import replace
from http import HTTPStatus
from itertools import cycle
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.generation.meta import TestPhase
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from gateway.deliver.heartbeat.beating import Beating
from gateway.deliver.notify.lane import ChannelStanding
from gateway.serve.accounts import actors
from gateway.serve.app import create_app
from tests.serve.compound import TENDED, Town, forced, now, open_town, served
from tests.serve.test_notices import told
from tests.serve.working import SECRET, VARIABLE, Door

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SOAK = os.environ.get("GRIDPOST_SOAK") == "1"
EXAMPLES = 200 if SOAK else 1
"""Random requests of each route, at least, beside the boundaries of its fields."""

TURNS = cycle((True,) if SOAK else (True, False))
"""Which boundaries of fields have their turn: every second one, or all."""

INSIDE = re.compile(r'Traceback|File "|site-packages|token_hash|sqlite|\.py\b')
"""What only the inside of the process knows: traces, tables, files."""


@contextmanager
def _in_a_thread(folder: Path) -> Iterator[Town]:
    """A served compound on a loop of its own, for a client that blocks."""
    ready: list[Town] = []
    up = threading.Event()

    async def live() -> None:
        async with open_town(folder, TENDED) as town, served(town):
            await town.road.raise_alarm(forced(2, acked=True, latched=True, active=False))
            await told(town)
            await town.road.release(*town.road.work.alarm("d1", now()))
            town.road.work.county = Door()
            beats = (Beating("watcher", "https://hc.example.cn", 60.0, missed=3, why="no answer"),)
            standings = (ChannelStanding("bot", "wecom", "https://qyapi.weixin.qq.com", "chat"),)
            town.app.state.house = replace(town.house, heartbeats=lambda: beats, channels=lambda: standings)
            town.tending.charges("pile1/p01")
            town.tending.stored("locker1/c01", 30.0)
            ready.append(town)
            up.set()
            await town.stop.wait()

    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_until_complete, args=(live(),))
    thread.start()
    try:
        assert up.wait(10)
        yield ready[0]
    finally:
        loop.call_soon_threadsafe(ready[0].stop.set)
        thread.join(10)
        loop.close()


@pytest.fixture(scope="module")
def served_town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """A compound with alarms, notices and an incident, in which wrong credentials are not slowed."""
    with pytest.MonkeyPatch.context() as patch, _in_a_thread(tmp_path_factory.mktemp("fuzz")) as town:
        patch.setattr(actors, "DELAY_SECONDS", 0.0)
        patch.setenv(VARIABLE, SECRET)
        yield town


def _said_otherwise(answer: Any) -> list[Any]:
    """Checks that an answer passes in a way that they do not know.

    A body that the schema allows may still be wrong in what its fields say together, and then a 422 names the field. An
    address that is too long is refused before anybody looks at its parameters.
    """
    if answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY:
        assert all(error["path"] and error["why"] for error in answer.json()["errors"])
        return [positive_data_acceptance]
    too_long = answer.status_code == HTTPStatus.REQUEST_URI_TOO_LONG
    return [positive_data_acceptance, negative_data_rejection] if too_long else []


_empty: Any = SimpleNamespace(
    accounts=None, device_key=b"", names=(), octt=None, page=None, version="0.0.test"
)  # no house is asked for its description
schema = schemathesis.openapi.from_dict(create_app(_empty).openapi()).exclude(path="/api/v1/stream")  # never ends
if not SOAK:  # one method that no route has stands for all of them: the same lines refuse each
    schema.config.phases.coverage.unexpected_methods = {"TRACE"}


@schema.parametrize()
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
def test_odd_requests_are_answered_as_described_and_give_nothing_away(
    case: schemathesis.Case[Any], served_town: Town
) -> None:
    if case.meta is not None and case.meta.phase.name is TestPhase.COVERAGE and not next(TURNS):
        return

    answer = case.call(served_town.url, headers={"Authorization": f"Bearer {served_town.tokens['administrator']}"})
    case.validate_response(answer, excluded_checks=_said_otherwise(answer))

    assert not INSIDE.search(answer.text)
    assert not any(token in answer.text for token in served_town.tokens.values())
