"""门禁: how doors and their controllers fared, for the property manager and for whoever mends them."""

from __future__ import annotations

from dashboards.grafana.page import Page
from dashboards.grafana.panels import AMBER, RED, Panel, Query
from dashboards.grafana.queries import (
    ANY,
    COMMANDS,
    IN_BUILDINGS,
    LAST_100,
    OF_DEVICES,
    as_told,
    increase,
    per_device,
    raised,
    select,
)

_DOOR_RULES = '"rule" =~ /^(door_forced|door_held|break_glass|reader_tamper)$/'

PAGE = Page(
    uid="gridpost-doors",
    title="门禁",
    what="Doors and their controllers. Choose a building or some devices first: a timeline has room for few.",
    panels=(
        Panel(
            kind="table",
            title="各门最后的状态",
            what="What each controller last said of its doors in the time on display: true is open, held or forced. "
            "What is true now stands on Gridpost's own page.",
            queries=(Query(select(r"last(/^door\d+\.(open|held|forced)$/)", ANY, OF_DEVICES, 'GROUP BY "device"')),),
            words=("否", "是"),
        ),
        Panel(
            kind="timeseries",
            title="强行开门、开门过久、击碎、防拆",
            what="Alarms raised per hour, by rule: forced, held open, break glass, reader tampered with.",
            queries=(Query(raised('time(1h), "rule" fill(0)', _DOOR_RULES), "$tag_rule"),),
            bars=True,
            decimals=0,
        ),
        Panel(
            kind="state-timeline",
            title="门开着",
            what="When each door stood open, change by change; 20 controllers of each product at most.",
            queries=(Query(as_told(r"/^door\d+\.open$/"), "$tag_device $col"),),
            words=("关", "开"),
            height=10,
        ),
        Panel(
            kind="timeseries",
            title="门禁事件",
            what="Cards, exits and doors opened per hour, as each controller counts them.",
            queries=(Query(increase("ring_head", OF_DEVICES, 'time(1h), "device" fill(0)'), "$tag_device"),),
            bars=True,
            decimals=0,
            height=10,
        ),
        Panel(
            kind="timeseries",
            title="供电电压",
            what="The lowest supply voltage of each controller. Below 11 V it soon stops (rule supply_low).",
            queries=(Query(per_device('min("supply_voltage")'), "$tag_device"),),
            unit="volt",
            decimals=1,
            steps={0: RED, 11: AMBER, 11.5: "transparent"},
            width=8,
        ),
        Panel(
            kind="timeseries",
            title="电池电压",
            what="The lowest battery voltage of each controller: a battery that sags under a mains failure is old.",
            queries=(Query(per_device('min("battery_voltage")'), "$tag_device"),),
            unit="volt",
            decimals=1,
            width=8,
        ),
        Panel(
            kind="timeseries",
            title="控制器机内温度",
            what="The highest temperature on each controller's board. From 60 °C it is an alarm (rule temperature_high).",
            queries=(Query(per_device('max("temperature")'), "$tag_device"),),
            unit="celsius",
            decimals=1,
            steps={60: RED},
            width=8,
        ),
        Panel(
            kind="state-timeline",
            title="市电中断",
            what="When a controller ran on its battery.",
            queries=(Query(as_told('"mains_fail"'), "$tag_device"),),
            words=("市电", "电池"),
        ),
        Panel(
            kind="table",
            title="远程指令",
            what="What was asked of doors by people and rules, and how it ended. Who asked is in Gridpost's audit, not here.",
            queries=(Query(select('"device", "name", "outcome", "why"', COMMANDS, IN_BUILDINGS, LAST_100)),),
            columns={"Time": "时间", "device": "设备", "name": "指令", "outcome": "结果", "why": "原因"},
        ),
    ),
)
