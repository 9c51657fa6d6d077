from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from prometheus_client.parser import text_string_to_metric_families

from gateway.serve.metrics import metrics_page
from tests.serve.compound import forced
from tests.serve.sse import streaming

if TYPE_CHECKING:
    from tests.serve.compound import Town


async def test_a_process_that_answers_lives(town: Town) -> None:
    town.trouble.append("the journal cannot be written")

    async with town.client(None) as client:
        answer = await client.get("/healthz")

    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


async def test_ready_means_that_nothing_is_in_the_way(town: Town) -> None:
    async with town.client(None) as client:
        ready = await client.get("/readyz")
        town.trouble += ["the journal cannot be written: disk full", "line north was not started"]
        not_ready = await client.get("/readyz")

    assert (ready.status_code, ready.json()) == (200, {"status": "ok"})
    assert not_ready.status_code == 503
    assert not_ready.json()["detail"] == "the journal cannot be written: disk full; line north was not started"


async def test_the_numbers_are_what_the_house_counted(town: Town) -> None:
    town.house.numbers.samples = 7
    town.house.numbers.commit_seconds.add(0.004)
    town.house.numbers.commit_seconds.add(9.0)
    await town.road.raise_alarm(forced(1))

    async with streaming(town, "overview"), town.client(None) as client:
        text = (await client.get("/metrics")).text
    found = {
        (sample.name, tuple(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }

    assert found["gridpost_samples_total", ()] == 7
    assert found["gridpost_commit_seconds_bucket", ("0.0025",)] == 0
    assert found["gridpost_commit_seconds_bucket", ("0.005",)] == 1
    assert found["gridpost_commit_seconds_count", ()] == 2
    assert found["gridpost_alarms", ("2",)] == 1
    assert found["gridpost_devices", ("up",)] == 6
    assert (found["gridpost_detectors", ("heard",)], found["gridpost_detectors", ("unmounted",)]) == (3, 3)
    assert found["gridpost_line_up", ("north",)] == 1
    assert found["gridpost_line_statistic", ("north", "late")] == 3
    assert found["gridpost_streams", ()] == 1
    assert found["gridpost_info", ("0.0.test",)] == 1


async def test_every_number_is_in_the_page_of_the_docs(town: Town) -> None:
    page = Path(__file__).parents[2] / "docs" / "reference" / "metrics.md"

    async with town.client(None) as client:
        text = (await client.get("/metrics")).text

    assert page.read_text(encoding="utf-8") == metrics_page(), "run: make reference"
    for family in text_string_to_metric_families(text):
        assert f"| `{family.name}` |" in metrics_page()
