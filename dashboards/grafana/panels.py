"""A panel, and how Grafana 10 and 11 want it written."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Made: TypeAlias = dict[str, Any]
"""A JSON object of Grafana."""

Kind: TypeAlias = Literal["stat", "timeseries", "state-timeline", "table", "bargauge"]

SOURCE: Made = {"type": "influxdb", "uid": "gridpost"}
"""The data source of provisioning/datasources/gridpost.yaml."""

LONGEST_SILENCE_MS = 15 * 60 * 1000
"""A line is drawn across what was not told because it did not change. The slowest heartbeat is 10 minutes
(docs/telemetry.md); a longer silence is an outage and stays a gap."""

GREY, GREEN, AMBER, ORANGE, RED = "#8e8e8e", "green", "#EAB839", "orange", "red"
"""Grey is normal: colour is for what needs somebody."""


@dataclass(frozen=True, slots=True)
class Query:
    """One InfluxQL query. `alias` names its series by tags (`$tag_device`) and columns (`$col`)."""

    influxql: str
    alias: str = ""


@dataclass(frozen=True, slots=True)
class Panel:
    """One panel. `title` is for the staff, `what` says the same in English and how to read it.

    `steps` are thresholds: from which value on which colour. `words` are what truth values are called, false first.
    `bars` draws a timeseries as stacked bars, `stacked` as stacked areas. `total` adds up a stat's series.
    """

    kind: Kind
    title: str
    what: str
    queries: Sequence[Query]
    width: int = 12
    height: int = 8
    unit: str = "none"
    decimals: int | None = None
    low: float | None = None
    high: float | None = None
    steps: Mapping[float, str] = field(default_factory=dict)
    words: tuple[str, str] | None = None
    bars: bool = False
    stacked: bool = False
    total: bool = False
    nothing: str = "—"
    """What a panel says that finds nothing: unknown, unless nothing found is an answer."""
    columns: Mapping[str, str] = field(default_factory=dict)
    """A table's columns in their order, each with its heading; others are left out. Empty: as they come."""

    def made(self, number: int, x: int, y: int) -> Made:
        """The JSON of the panel as the page's `number`th, with its upper left corner at `x`, `y`."""
        made = {
            "id": number,
            "type": self.kind,
            "title": self.title,
            "description": self.what,
            "datasource": SOURCE,
            "gridPos": {"h": self.height, "w": self.width, "x": x, "y": y},
            "targets": [self._target(chr(ord("A") + i), query) for i, query in enumerate(self.queries)],
            "fieldConfig": {"defaults": self._defaults(), "overrides": []},
            "options": self._options(),
            "transformations": self._transformations(),
        }
        return {name: value for name, value in made.items() if value != []}

    def _target(self, letter: str, query: Query) -> Made:
        return {
            "refId": letter,
            "rawQuery": True,
            "query": query.influxql,
            "resultFormat": "table" if self.kind == "table" else "time_series",
            "alias": query.alias,
        }

    def _defaults(self) -> Made:
        made: Made = {
            "unit": self.unit,
            "noValue": self.nothing,
            "color": {"mode": "palette-classic" if self.kind == "timeseries" else "thresholds"},
            "thresholds": {"mode": "absolute", "steps": [{"color": GREY, "value": None}, *self._steps()]},
            "mappings": self._mappings(),
            "custom": self._custom(),
        }
        bounds = {"decimals": self.decimals, "min": self.low, "max": self.high}
        return made | {name: value for name, value in bounds.items() if value is not None}

    def _steps(self) -> list[Made]:
        return [{"color": color, "value": value} for value, color in self.steps.items()]

    def _mappings(self) -> list[Made]:
        if self.words is None:
            return []
        no, yes = self.words
        options = {"false": {"text": no, "color": GREY, "index": 0}, "true": {"text": yes, "color": ORANGE, "index": 1}}
        return [{"type": "value", "options": options}]

    def _custom(self) -> Made:
        match self.kind:
            case "timeseries":
                return {
                    "drawStyle": "bars" if self.bars else "line",
                    "lineInterpolation": "stepAfter",
                    "lineWidth": 1,
                    "fillOpacity": 80 if self.bars else 30 if self.stacked else 0,
                    "showPoints": "never",
                    "spanNulls": False if self.bars else LONGEST_SILENCE_MS,
                    "stacking": {"mode": "normal" if self.bars or self.stacked else "none", "group": "A"},
                    "thresholdsStyle": {"mode": "dashed" if self.steps else "off"},
                }
            case "state-timeline":
                return {"spanNulls": LONGEST_SILENCE_MS, "lineWidth": 0, "fillOpacity": 80}
            case "table":
                return {"align": "auto", "cellOptions": {"type": "color-text" if self.words or self.steps else "auto"}}
            case _:
                return {}

    def _options(self) -> Made:
        last = {"calcs": ["sum" if self.total else "lastNotNull"], "fields": "", "values": False}
        match self.kind:
            case "timeseries":
                legend = {"displayMode": "list", "placement": "bottom", "showLegend": True}
                return {"legend": legend, "tooltip": {"mode": "multi", "sort": "desc"}}
            case "state-timeline":
                return {"mergeValues": True, "rowHeight": 0.8, "showValue": "never", "tooltip": {"mode": "single"}}
            case "table":
                newest_first = [{"displayName": self.columns["Time"], "desc": True}] if "Time" in self.columns else []
                return {"showHeader": True, "cellHeight": "sm", "sortBy": newest_first}
            case "stat":
                return {"reduceOptions": last, "colorMode": "value", "graphMode": "none", "textMode": "auto"}
            case "bargauge":
                return {"reduceOptions": last, "orientation": "horizontal", "displayMode": "basic"}

    def _transformations(self) -> list[Made]:
        if self.total:  # each series becomes a row with its last value, which the stat then adds up
            return [{"id": "reduce", "options": {"mode": "seriesToRows", "reducers": ["lastNotNull"]}}]
        if self.columns:
            names = list(self.columns)
            order = {name: i for i, name in enumerate(names)}
            pattern = {"include": {"names": names}}
            return [
                {"id": "filterFieldsByName", "options": pattern},
                {"id": "organize", "options": {"indexByName": order, "renameByName": dict(self.columns)}},
            ]
        if self.kind in ("table", "state-timeline"):  # InfluxQL calls the last of a pattern's fields last_door1.open
            return [{"id": "renameByRegex", "options": {"regex": r"^(.*?)last_(.*)$", "renamePattern": "$1$2"}}]
        return []
