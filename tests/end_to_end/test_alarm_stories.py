"""Kitchen smoke in the demo's compound, live: the simulator plays it, its chat services carry it, and people answer or do not.

The one that is ignored takes four minutes and runs under GRIDPOST_SOAK=1.
"""

from __future__ import annotations

import io
import os
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import pytest

from simulator import story
from simulator.detectors import write_sensors
from simulator.run import Options, serving
from simulator.services import server
from simulator.staff import KEY_VARIABLE
from tests.end_to_end.living import living

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from simulator.run import Serving
    from simulator.services.record import Happening
    from tests.end_to_end.living import Living

SOAK = os.environ.get("GRIDPOST_SOAK") == "1"
STORY, DETECTOR = "kitchen-smoke", "b2-1-301-smoke"
MINUTE = 60.0
SOON_SECONDS = 3.0
"""A poll of the air, a commit and a message, on a busy machine."""


@dataclass(frozen=True, slots=True)
class Demo:
    """The simulator with its services, and a gateway that all of its sensors are known to."""

    simulated: Serving
    services: server.ChatServices
    gateway: Living

    def tell(self) -> None:
        """Start the story."""
        self.simulated.world.start(story.told(STORY), None, self.simulated.clock())

    async def cards(self, seconds: float = 30.0) -> list[Happening]:
        """What the smart bot was given with a button, once there is any."""
        await self.services.record.until(lambda: bool(self._cards()), seconds)
        return self._cards()

    async def smoke(self, so: Callable[[dict[str, Any]], bool] = lambda _: True) -> dict[str, Any]:
        """The alarm of the story's detector, once it is so."""
        body = await self.gateway.until("alarms", lambda body: any(map(so, _smoke(body))))
        return next(filter(so, _smoke(body)))

    def _cards(self) -> list[Happening]:
        return [
            each for each in self.services.record.of("wecom", "message") if each.facts.get("kind") == "template_card"
        ]


def _smoke(body: dict[str, Any]) -> list[dict[str, Any]]:
    return [alarm for alarm in body["alarms"] if alarm["rule"] == "smoke" and alarm["device"] == DETECTOR]


@asynccontextmanager
async def demo(folder: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Demo]:
    """Everything as `make demo` has it, with two buildings."""
    monkeypatch.setenv(KEY_VARIABLE, "made up for this test")
    made: list[server.ChatServices] = []

    class Services(server.ChatServices):
        async def __aenter__(self) -> Self:
            made.append(self)
            return await super().__aenter__()

    monkeypatch.setattr(server, "ChatServices", Services)
    async with AsyncExitStack() as stack:
        options = Options(buildings=2, base_port=0, control="127.0.0.1:0")
        simulated = await stack.enter_async_context(serving(options))
        gateway = await stack.enter_async_context(living(folder, simulated.config))
        sensors = io.StringIO()
        write_sensors(simulated.world.compound, sensors)
        answer = await gateway.client.post(
            "/api/v1/sensors/import", content=sensors.getvalue(), headers={"Content-Type": "text/csv"}
        )
        assert answer.status_code == 200, answer.text
        await gateway.until("lines", lambda body: all(line["link"] == "up" for line in body["lines"]))
        yield Demo(simulated, made[0], gateway)


async def test_kitchen_smoke_is_answered_with_the_button_of_the_smart_bot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with demo(tmp_path, monkeypatch) as it:
        it.tell()
        (card, *_) = await it.cards()
        (worker,) = card.to
        (button,) = card.facts["card"]["button_list"]

        await it.services.wecom.press(worker, button["key"], card.reference)
        alarm = await it.smoke(lambda alarm: alarm["acked"])
        await it.services.record.until(lambda: bool(it.services.record.of("wecom", "reply")))
        notices = (await it.gateway.get(f"alarms/{alarm['number']}/notices"))["notices"]

        assert button["key"] == f"ack:{alarm['number']}"
        assert alarm["priority"] == 2
        assert alarm["acked_by"]
        assert alarm["acked_by"] not in it.services.record.of("wecom", "reply")[-1].text
        assert "waiting" not in {notice["fate"] for notice in notices}
        assert {notice["step"] for notice in notices} == {0}
        (incident,) = [
            each
            for each in (await it.gateway.get("incidents?state=open"))["incidents"]
            if each["category"]["id"] == "fire"
        ]
        assert incident["person"]


@pytest.mark.skipif(not SOAK, reason="four minutes: GRIDPOST_SOAK=1")
async def test_kitchen_smoke_that_everybody_ignores_calls_everybody_at_the_right_second(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None: ...
