"""InfluxQL as panels need it. `$name` is filled in by Grafana, /^$name$/ with one value, several, or any."""
# ruff: noqa: S608 - these queries are written here, sent by Grafana, and hold nothing that anybody typed

from __future__ import annotations

ANY = "/.+/"
"""Every measurement, which is every product."""

ALARMS, COMMANDS, HOUSE = '"gridpost_alarm"', '"gridpost_command"', '"gridpost"'
"""Measurements that are no products: docs/telemetry.md and docs/influxdb.md."""

IN_COMPOUND = '"compound" =~ /^$compound$/ AND $timeFilter'
"""The chosen compound, in the time on display."""

IN_BUILDINGS = f'"building" =~ /^$building$/ AND {IN_COMPOUND}'
"""The chosen buildings."""

OF_DEVICES = f'"device" =~ /^$device$/ AND {IN_BUILDINGS}'
"""The chosen devices."""

RAISED = "\"change\" = 'raised'"
"""An alarm's beginning: the one change of it that is counted."""

LAST_100 = "ORDER BY time DESC LIMIT 100"

DAYS = "time(1d)"
IN_SHANGHAI = "tz('Asia/Shanghai')"
"""Days are those of the compound, not of UTC. Grafana has no name for its own time zone in a query."""


def select(what: str, source: str, where: str, then: str = "") -> str:
    """One query."""
    return f"SELECT {what} FROM {source} WHERE {where} {then}".rstrip()


def per_device(figure: str) -> str:
    """A figure of each device over time, such as `mean("voltage")`, from whatever product has that field."""
    return select(figure, ANY, OF_DEVICES, 'GROUP BY time($__interval), "device" fill(null)')


def as_told(field: str, most_devices: int = 20) -> str:
    """Truth values as they were told, change by change. `field` is a name in quotes or a /pattern/.

    InfluxQL can neither count nor rank truth values, and the last one of each interval would hide a door that was opened
    and closed within it; so the readings themselves are asked for, of a bounded number of devices of each product.
    """
    return select(field, ANY, OF_DEVICES, f'GROUP BY "device" SLIMIT {most_devices}')


def increase(counter: str, where: str, by: str) -> str:
    """How much a counter rose, over all devices of a group. One that begins again counts from there.

    The differences are taken between readings and not between intervals: InfluxDB 1.x does not merge the intervals of
    several devices into one sum, it lists them one device after the other.
    """
    risen = select(f'non_negative_difference("{counter}") AS "risen"', ANY, where, 'GROUP BY "building", "device"')
    return select('sum("risen")', f"({risen})", "$timeFilter", f"GROUP BY {by}")


def raised(by: str, more: str = "") -> str:
    """How many alarms were raised, as `more` narrows them down."""
    where = " AND ".join(filter(None, (RAISED, more, IN_BUILDINGS)))
    return select('count("number") AS "raised"', ALARMS, where, f"GROUP BY {by}" if by else "")


def most_raised(tag: str, most: int = 10) -> str:
    """The values of a tag under which most alarms were raised."""
    counted = raised(f'"{tag}"')
    return select(f'top("raised", "{tag}", {most})', f"({counted})", "$timeFilter")


def house_rate(*counters: str) -> str:
    """What the gateway counts, per second. A restart begins at 0 and is no negative rate."""
    rates = ", ".join(f'non_negative_derivative(max("{name}"), 1s) AS "{name}"' for name in counters)
    return select(rates, HOUSE, IN_COMPOUND, "GROUP BY time($__interval) fill(null)")


def house_level(gauge: str) -> str:
    """What the gateway measures of itself, the highest of each interval."""
    return select(f'max("{gauge}") AS "{gauge}"', HOUSE, IN_COMPOUND, "GROUP BY time($__interval) fill(null)")


def house_now(gauge: str) -> str:
    """The last that the gateway said of itself."""
    return select(f'last("{gauge}")', HOUSE, IN_COMPOUND)
