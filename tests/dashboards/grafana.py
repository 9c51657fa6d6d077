"""What Grafana does to the queries of a dashboard before it sends them to InfluxDB, and where it finds them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

FOLDER = Path(__file__).parents[2] / "dashboards" / "grafana"
FILES = sorted((FOLDER / "json").glob("*.json"))
DASHBOARDS: list[dict[str, Any]] = [json.loads(path.read_text("utf-8")) for path in FILES]

Chosen: TypeAlias = "str | Sequence[str]"
"""What stands in a variable: one value, or several where it lets many be chosen."""


class Asked(NamedTuple):
    """A query as it stands in a dashboard, and where."""

    where: str
    influxql: str


def asked(dashboard: Mapping[str, Any]) -> Iterator[Asked]:
    """Every query of a dashboard: of its variables, its marks and its panels."""
    uid = dashboard["uid"]
    for variable in dashboard["templating"]["list"]:
        yield Asked(f"{uid}: variable {variable['name']}", variable["query"])
    for mark in dashboard["annotations"]["list"]:
        yield Asked(f"{uid}: annotation {mark['name']}", mark["target"]["query"])
    for panel in dashboard["panels"]:
        for target in panel["targets"]:
            yield Asked(f"{uid}: {panel['title']} {target['refId']}", target["query"])


def sent(influxql: str, chosen: Mapping[str, Chosen], since: float, until: float, interval: str = "2m") -> str:
    """The query as InfluxDB gets it, over a range of absolute times in seconds.

    A value within a regular expression is escaped, several become (a|b); "all" is what the variable's `allValue` says, as
    it stands.
    """
    words: dict[str, str] = {
        "timeFilter": f"time >= {since * 1000:.0f}ms and time <= {until * 1000:.0f}ms",
        "__interval": interval,
        **{name: _in_regex(value) for name, value in chosen.items()},
    }
    return re.sub(r"\$(\w+)", lambda found: words[found[1]], influxql)


def _in_regex(value: Chosen) -> str:
    if value == ".*":
        return value
    if isinstance(value, str):
        return _escaped(value)
    return "(" + "|".join(map(_escaped, value)) + ")"


def _escaped(value: str) -> str:
    return re.sub(r"([\\^$*+?.()|[\]{}/])", r"\\\1", value)
