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
from gateway.serve.supervising import STATES
from gateway.serve.views import EVERYTHING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from prometheus_client import Metric

    from gateway.serve.accounts.actors import Actors
    from gateway.serve.house import House
    from gateway.serve.stored import Stores, Waiting

_Values: TypeAlias = "Mapping[tuple[str, ...], float]"

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4

HELP = {
    "gridpost_info": "Always 1; the label says which Gridpost this is.",
    "gridpost_ready": "1 when the journal takes what happens and every line's loop was started.",
    "gridpost_devices": "Devices but detectors, by link: unknown, up, lost or misconfigured.",
    "gridpost_devices_unheard": "Devices that were never heard or have fallen silent.",
    "gridpost_detectors": "Detectors by state: unmounted, unknown, heard, late or lost.",
    "gridpost_alarms": "Alarms that are open, by priority.",
    "gridpost_line_up": "1 when the line can be reached.",
    "gridpost_line_statistic": "A line's own number; the label `statistic` names it, the driver's page explains it.",
    "gridpost_device_missed": "Requests that the device did not answer, where its driver counts them.",
    "gridpost_journal_recorded": "1 when the journal keeps what happens.",
    "gridpost_disk_free_bytes": "What the gateway may still write on the data folder's disk.",
    "gridpost_disk_room": "1 for how much room that is: ample, scarce (telemetry is not written) or full.",
    "gridpost_outbox_batches": "Batches of telemetry in the outbox, for whomever.",
    "gridpost_outbox_points": "Values in those batches.",
    "gridpost_outbox_bytes": "What those batches take on disk.",
    "gridpost_outbox_oldest_seconds": "Age of the oldest of those values; 0 when there is none.",
    "gridpost_outbox_dropped": "Values dropped, by reason: full, age, room, damaged or overrun. Survives a restart.",
    "gridpost_history_lost_minutes": "Minutes of poll groups that the history could not keep.",
    "gridpost_outlet_up": "1 when the outlet's destination takes what it is sent.",
    "gridpost_outlet_backlog_points": "Values that the destination has not got yet.",
    "gridpost_outlet_backlog_seconds": "Age of the oldest of those values; 0 when there is none.",
    "gridpost_outlet_dropped": "Values that were dropped before the destination got them.",
    "gridpost_outlet_points": "Values that the destination has confirmed.",
    "gridpost_outlet_records": "Alarms, events and commands that the destination has confirmed.",
    "gridpost_outlet_requests": "Requests made to the destination.",
    "gridpost_outlet_refused": "Lines that the destination will never take; they are in quarantine.",
    "gridpost_channel_up": "1 when the channel's server takes what it is sent.",
    "gridpost_channel_waiting": "Notices that wait for the channel.",
    "gridpost_channel_sent": "Messages that the channel's server took.",
    "gridpost_channel_failed": "Notices that the channel gave up.",
    "gridpost_heartbeat_answered": "1 when the heartbeat off the box is answered.",
    "gridpost_backup_ok": "1 when the last try to back up to that place was made and verified.",
    "gridpost_backup_age_seconds": "Age of the newest good backup at that place; nothing where there is none.",
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
        yield _counter("gridpost_device_missed", _missed(house), "line", "device")
        yield from _kept(house.stores, house.now().utc)
        yield from _outlets(house.stores, house.now().utc)
        yield from _channels(house)
        yield _gauge("gridpost_streams", {(): hub.listeners})
        yield _counter("gridpost_stream_messages", {(): hub.messages})
        yield _counter("gridpost_stream_resyncs", {(): hub.resyncs})
        yield _counter("gridpost_credentials_refused", {(): self._actors.refused})


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
    views = house.hub.views
    for device in views.others_seen(EVERYTHING):
        held = house.latest.devices[device]
        links[held.link.value,] += 1
        unheard += not held.fresh
    yield _gauge("gridpost_devices", links, "link")
    yield _gauge("gridpost_devices_unheard", {(): unheard})
    states: dict[tuple[str, ...], int] = {(state,): 0 for state in STATES}
    for building in views.layout.buildings:
        for state, count in views.supervising.counts(building).items():
            states[state,] += count
    yield _gauge("gridpost_detectors", states, "state")


def _missed(house: House) -> _Values:
    return {
        (line, device): numbers["missed"]
        for line in house.latest.lines
        for device, numbers in house.device_statistics(line).items()
        if "missed" in numbers
    }


def _alarms(house: House) -> dict[tuple[str, ...], int]:
    counts: dict[tuple[str, ...], int] = {(str(priority),): 0 for priority in range(1, 5)}
    for stood in house.hub.views.standing:
        if stood.open:
            counts[str(int(stood.alarm.priority)),] += 1
    return counts


def _kept(stores: Stores, utc: float) -> Iterable[Metric]:
    outbox, backups = stores.outbox, stores.backups()
    room, held = outbox.room, outbox.held()
    yield _gauge("gridpost_journal_recorded", {(): stores.journal.recorded})
    yield _gauge("gridpost_disk_free_bytes", {(): room.free_bytes})
    yield _gauge("gridpost_disk_room", {(state.value,): state is room.state for state in type(room.state)}, "state")
    yield _gauge("gridpost_outbox_batches", {(): held.batches})
    yield _gauge("gridpost_outbox_points", {(): held.points})
    yield _gauge("gridpost_outbox_bytes", {(): held.bytes})
    yield _gauge("gridpost_outbox_oldest_seconds", {(): _age(held, utc)})
    yield _counter("gridpost_outbox_dropped", {(why,): count for why, count in outbox.lost().items()}, "reason")
    yield _counter("gridpost_history_lost_minutes", {(): stores.history.lost_minutes})
    yield _gauge("gridpost_backup_ok", {(age.place,): age.ok for age in backups}, "place")
    ages: _Values = {(age.place,): max(0.0, utc - age.last_utc) for age in backups if age.last_utc is not None}
    yield _gauge("gridpost_backup_age_seconds", ages, "place")


def _outlets(stores: Stores, utc: float) -> Iterable[Metric]:
    outlets = list(stores.outlets)
    backlogs = {(outlet.id,): stores.outbox.backlog(outlet.id) for outlet in outlets}
    up: _Values = {(outlet.id,): outlet.state.value == "up" for outlet in outlets}
    yield _gauge("gridpost_outlet_up", up, "outlet")
    yield _gauge("gridpost_outlet_backlog_points", {of: one.points for of, one in backlogs.items()}, "outlet")
    yield _gauge("gridpost_outlet_backlog_seconds", {of: _age(one, utc) for of, one in backlogs.items()}, "outlet")
    yield _counter("gridpost_outlet_dropped", {of: one.dropped for of, one in backlogs.items()}, "outlet")
    for name in ("points", "records", "requests", "refused"):
        counts: _Values = {(outlet.id,): getattr(outlet, name) for outlet in outlets}
        yield _counter(f"gridpost_outlet_{name}", counts, "outlet")


def _channels(house: House) -> Iterable[Metric]:
    channels = list(house.channels())
    up: _Values = {(channel.id,): channel.state.value == "up" for channel in channels}
    yield _gauge("gridpost_channel_up", up, "channel")
    yield _gauge("gridpost_channel_waiting", {(channel.id,): channel.waiting for channel in channels}, "channel")
    for name in ("sent", "failed"):
        counts: _Values = {(channel.id,): getattr(channel, name) for channel in channels}
        yield _counter(f"gridpost_channel_{name}", counts, "channel")
    answered: _Values = {
        (beating.id,): beating.answered_utc > 0 and not beating.missed for beating in house.heartbeats()
    }
    yield _gauge("gridpost_heartbeat_answered", answered, "heartbeat")


def _age(waiting: Waiting, utc: float) -> float:
    return 0.0 if waiting.oldest_utc is None else max(0.0, utc - waiting.oldest_utc)


def _gauge(name: str, values: _Values, *labels: str) -> Metric:
    family = GaugeMetricFamily(name, HELP[name], labels=labels)
    for key, value in values.items():
        family.add_metric(key, float(value))
    return family


def _counter(name: str, values: _Values, *labels: str) -> Metric:
    family = CounterMetricFamily(name, HELP[name], labels=labels)
    for key, value in values.items():
        family.add_metric(key, value)
    return family
