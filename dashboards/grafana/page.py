"""A dashboard: its panels in rows, its variables, and alarms as marks in every plot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dashboards.grafana.panels import RED, SOURCE, Made
from dashboards.grafana.queries import ALARMS, IN_BUILDINGS, RAISED, select

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dashboards.grafana.panels import Panel

SCHEMA_VERSION = 39
"""Of Grafana 10.4 and 11; a later one migrates it when it reads it."""

COLUMNS = 24
"""Of Grafana's grid."""

_IN_COMPOUND = 'WHERE "compound" =~ /^$compound$/'


@dataclass(frozen=True, slots=True)
class Variable:
    """A choice at the top of a dashboard: the values of a tag. `every` lets many be chosen, and all at once."""

    name: str
    label: str
    influxql: str
    every: bool = False

    def made(self) -> Made:
        """Its JSON."""
        made: Made = {
            "type": "query",
            "name": self.name,
            "label": self.label,
            "datasource": SOURCE,
            "query": self.influxql,
            "definition": self.influxql,
            "refresh": 1,
            "sort": 7,
            "multi": self.every,
            "includeAll": self.every,
            "options": [],
        }
        if self.every:  # "all" is any value, not a list of three hundred
            made |= {"allValue": ".*", "current": {"selected": True, "text": ["All"], "value": ["$__all"]}}
        return made


COMPOUND = Variable("compound", "小区", 'SHOW TAG VALUES WITH KEY = "compound"')
SIMULATED = Variable("simulated", "模拟数据", f'SHOW TAG VALUES WITH KEY = "simulated" {_IN_COMPOUND}')
BUILDING = Variable("building", "楼栋", f'SHOW TAG VALUES WITH KEY = "building" {_IN_COMPOUND}', every=True)
DEVICE = Variable(
    "device",
    "设备",
    f'SHOW TAG VALUES WITH KEY = "device" {_IN_COMPOUND} AND "building" =~ /^$building$/',
    every=True,
)


@dataclass(frozen=True, slots=True)
class Page:
    """One dashboard. `uid` is its name for ever: links and bookmarks hold it."""

    uid: str
    title: str
    what: str
    panels: Sequence[Panel]
    variables: Sequence[Variable] = (COMPOUND, BUILDING, DEVICE, SIMULATED)

    def made(self) -> Made:
        """The JSON of the dashboard."""
        return {
            "uid": self.uid,
            "title": self.title,
            "description": self.what,
            "tags": ["gridpost"],
            "schemaVersion": SCHEMA_VERSION,
            "version": 1,
            "editable": False,
            "timezone": "browser",
            "refresh": "30s",
            "time": {"from": "now-24h", "to": "now"},
            "timepicker": {"refresh_intervals": ["10s", "30s", "1m", "5m", "15m"]},
            "graphTooltip": 1,
            "links": [_LINKS],
            "templating": {"list": [variable.made() for variable in self.variables]},
            "annotations": {"list": [_ALARMS] if BUILDING in self.variables else []},
            "panels": list(self._placed()),
        }

    def _placed(self) -> Iterator[Made]:
        x = y = row = 0
        for number, panel in enumerate(self.panels, start=1):
            if x + panel.width > COLUMNS:
                x, y, row = 0, y + row, 0
            yield panel.made(number, x, y)
            x += panel.width
            row = max(row, panel.height)


_LINKS: Made = {
    "type": "dashboards",
    "title": "Gridpost",
    "tags": ["gridpost"],
    "asDropdown": False,
    "includeVars": True,
    "keepTime": True,
}

_ALARMS: Made = {
    "name": "紧急和重要告警",
    "datasource": SOURCE,
    "enable": True,
    "iconColor": RED,
    "target": {
        "refId": "Anno",
        "fromAnnotations": True,
        "rawQuery": True,
        "textEditor": True,
        "query": select(
            '"text", "rule", "building"', ALARMS, f'{RAISED} AND "priority" =~ /^[12]$/ AND {IN_BUILDINGS}', "LIMIT 500"
        ),
        "textColumn": "text",
        "tagsColumn": "rule,building",
    },
}
