"""The house's numbers for Prometheus, gathered only when they are asked for."""

from __future__ import annotations

from dataclasses import fields
from itertools import accumulate
from typing import TYPE_CHECKING, TypeAlias

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.registry import Collector

from drivers.contract import Link
from gateway.numbers import Numbers, Spread

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from prometheus_client import Metric

    from gateway.serve.actors import Actors
    from gateway.serve.house import House

_Values: TypeAlias = "Mapping[tuple[str, ...], float]"

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4

HELP = {
    "gridpost_info": "Always 1; the label says which Gridpost this is.",
    "gridpost_ready": "1 when the journal takes what happens and every line's loop was started.",
    "gridpost_devices": "Devices by link: unknown, up, lost or misconfigured.",
    "gridpost_devices_unheard": "Devices that were never heard or have fallen silent.",
    "gridpost_alarms": "Alarms that are open, by priority.",
    "gridpost_line_up": "1 when the line can be reached.",
    "gridpost_line_statistic": "A line's own number; the label `statistic` names it, the driver's page explains it.",
    "gridpost_streams": "Streams that are open.",
    "gridpost_stream_messages": "Messages queued to streams.",
    "gridpost_stream_resyncs": "Times that a stream fell behind and started over.",
    "gridpost_credentials_refused": "Requests with a wrong token, session or code.",
}


class _House(Collector):
    def __init__(self, house: House, actors: Actors) -> None:
        self._house = house
        self._actors = actors

    def collect(self) -> Iterable[Metric]:
        house, hub = self._house, self._house.hub
        yield _gauge("gridpost_info", {(house.version,): 1}, "version")
        yield _gauge("gridpost_ready", {(): not house.trouble()})
        yield from _road(house.numbers)
        yield from _devices(house)
        yield _gauge("gridpost_alarms", _alarms(house), "priority")
        lines = house.latest.lines
        yield _gauge("gridpost_line_up", {(line,): held.link is Link.UP for line, held in lines.items()}, "line")
        numbers: _Values = {(line, name): value for line in lines for name, value in house.statistics(line).items()}
        yield _gauge("gridpost_line_statistic", numbers, "line", "statistic")
        yield _gauge("gridpost_streams", {(): hub.listeners})
        yield _counter("gridpost_stream_messages", hub.messages)
        yield _counter("gridpost_stream_resyncs", hub.resyncs)
        yield _counter("gridpost_credentials_refused", self._actors.refused)


def exposition(house: House, actors: Actors) -> bytes:
    """Every number in the text format 0.0.4 of Prometheus."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_House(house, actors))
    return generate_latest(registry)


def metrics_page() -> str:
    """The list of all numbers as docs/reference/metrics.md."""
    rows = [f"| `{name}` | {text} |" for name, text in HELP.items()]
    rows += [f"| `gridpost_{field.name}` | {field.metadata['help']} |" for field in fields(Numbers)]
    return (
        "# Numbers on /metrics\n\n"
        "Generated from `gateway/serve/metrics.py` and `gateway/numbers.py`. Counters end in `_total` there, the histogram in\n"
        "`_bucket`, `_sum` and `_count`.\n\n| name | what it says |\n|---|---|\n" + "\n".join(sorted(rows)) + "\n"
    )


def _road(numbers: Numbers) -> Iterable[Metric]:
    for field in fields(numbers):
        value = getattr(numbers, field.name)
        name, text = f"gridpost_{field.name}", field.metadata["help"]
        if isinstance(value, Spread):
            bounds = [*map(str, value.bounds), "+Inf"]
            buckets = list(zip(bounds, accumulate(value.counts), strict=True))
            yield HistogramMetricFamily(name, text, buckets=buckets, sum_value=value.total)
        else:
            yield CounterMetricFamily(name, text, value=value)


def _devices(house: House) -> Iterable[Metric]:
    links: dict[tuple[str, ...], int] = {(link.value,): 0 for link in Link}
    unheard = 0
    for held in house.latest.devices.values():
        links[held.link.value,] += 1
        unheard += not held.fresh
    yield _gauge("gridpost_devices", links, "link")
    yield _gauge("gridpost_devices_unheard", {(): unheard})


def _alarms(house: House) -> dict[tuple[str, ...], int]:
    counts: dict[tuple[str, ...], int] = {(str(priority),): 0 for priority in range(1, 5)}
    for stood in house.hub.views.standing:
        if stood.open:
            counts[str(int(stood.alarm.priority)),] += 1
    return counts


def _gauge(name: str, values: _Values, *labels: str) -> Metric:
    family = GaugeMetricFamily(name, HELP[name], labels=labels)
    for key, value in values.items():
        family.add_metric(key, float(value))
    return family


def _counter(name: str, value: float) -> Metric:
    return CounterMetricFamily(name, HELP[name], value=value)
