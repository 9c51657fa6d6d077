"""小区总览: what a property manager looks at first, and what the week was like."""

from __future__ import annotations

from dashboards.grafana.page import BUILDING, COMPOUND, SIMULATED, Page
from dashboards.grafana.panels import AMBER, ORANGE, RED, Panel, Query
from dashboards.grafana.queries import (
    ALARMS,
    HOUSE,
    IN_BUILDINGS,
    IN_COMPOUND,
    LAST_100,
    house_now,
    increase,
    most_raised,
    raised,
    select,
)

_CHANGES = {
    "Time": "时间",
    "priority": "级别",
    "building": "楼栋",
    "rule": "规则",
    "source": "来源",
    "change": "变化",
    "text": "内容",
}

PAGE = Page(
    uid="gridpost-compound",
    title="小区总览",
    what="The compound at a glance. Work is done on Gridpost's own page: this one shows what was, and what repeats.",
    variables=(COMPOUND, BUILDING, SIMULATED),
    panels=(
        Panel(
            kind="stat",
            title="紧急告警",
            what="Open alarms of priority 1 (life), of the whole compound.",
            queries=(Query(house_now("alarms_p1")),),
            width=4,
            height=4,
            steps={1: RED},
        ),
        Panel(
            kind="stat",
            title="重要告警",
            what="Open alarms of priority 2 (security and safety), of the whole compound.",
            queries=(Query(house_now("alarms_p2")),),
            width=4,
            height=4,
            steps={1: ORANGE},
        ),
        Panel(
            kind="stat",
            title="一般告警和提示",
            what="Open alarms of priorities 3 (degraded) and 4 (maintenance), of the whole compound.",
            queries=(Query(select('last("alarms_p3") + last("alarms_p4")', HOUSE, IN_COMPOUND)),),
            width=4,
            height=4,
            steps={10: AMBER},
        ),
        Panel(
            kind="stat",
            title="未收到数据的设备",
            what="Devices that were never heard or have fallen silent. Silence is not all-clear.",
            queries=(Query(house_now("devices_unheard")),),
            width=4,
            height=4,
            steps={1: AMBER},
        ),
        Panel(
            kind="stat",
            title="本时段火警输入",
            what="How often a fire panel's contact came in the time on display.",
            queries=(Query(raised("", "\"rule\" = 'fire_input'")),),
            nothing="0",
            width=4,
            height=4,
            steps={1: RED},
        ),
        Panel(
            kind="stat",
            title="本时段强行开门",
            what="How often a door was opened without a release in the time on display.",
            queries=(Query(raised("", "\"rule\" = 'door_forced'")),),
            nothing="0",
            width=4,
            height=4,
            steps={1: ORANGE},
        ),
        Panel(
            kind="timeseries",
            title="每 10 分钟新告警",
            what="New alarms in 10 minutes, by priority. Up to 1 is what a person follows easily, 2 what can be managed "
            "(ISA-18.2, EEMUA 191): above that, mend what repeats.",
            queries=(Query(raised('time(10m), "priority" fill(0)'), "P$tag_priority"),),
            bars=True,
            steps={1: AMBER, 2: RED},
            decimals=0,
        ),
        Panel(
            kind="timeseries",
            title="门禁事件",
            what="Cards, exits and doors opened, as the controllers count them, by building.",
            queries=(Query(increase("ring_head", IN_BUILDINGS, 'time(1h), "building" fill(0)'), "$tag_building"),),
            bars=True,
            decimals=0,
        ),
        Panel(
            kind="table",
            title="最多的告警",
            what="The ten rules under which most alarms were raised. One rule above 5 % of all is worth mending first.",
            queries=(Query(most_raised("rule")),),
            width=6,
            columns={"rule": "规则", "top": "次数"},
        ),
        Panel(
            kind="table",
            title="告警最多的楼栋",
            what="The ten buildings in which most alarms were raised.",
            queries=(Query(most_raised("building")),),
            width=6,
            columns={"building": "楼栋", "top": "次数"},
        ),
        Panel(
            kind="table",
            title="最近的告警变化",
            what="The last 100 changes of alarms: raised, acknowledged, cleared, reset.",
            queries=(
                Query(
                    select('"priority", "building", "rule", "source", "change", "text"', ALARMS, IN_BUILDINGS, LAST_100)
                ),
            ),
            columns=_CHANGES,
        ),
    ),
)
