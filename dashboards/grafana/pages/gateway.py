"""网关: whether the box itself is well, for the installer."""

from __future__ import annotations

from dashboards.grafana.page import Page
from dashboards.grafana.panels import AMBER, RED, Panel, Query
from dashboards.grafana.queries import ANY, LAST_100, OF_DEVICES, house_level, house_now, house_rate, select

_HOUR, _DAY = 3600, 86_400

_DOUBTS = Query(
    select('"building", "device", "faults"', ANY, f'"faults" =~ / (bad|uncertain|unheard)/ AND {OF_DEVICES}', LAST_100)
)

PAGE = Page(
    uid="gridpost-gateway",
    title="网关",
    what="The gateway's own numbers, every 10 seconds; docs/telemetry.md lists them.",
    panels=(
        Panel(
            kind="stat",
            title="发件箱里的数据",
            what="Values in the outbox: the last two minutes always, and all that a destination has not got yet.",
            queries=(Query(house_now("outbox_points")),),
            width=4,
            height=4,
            unit="short",
        ),
        Panel(
            kind="stat",
            title="发件箱最早数据",
            what="Age of the oldest value in the outbox. Up to two minutes are normal; hours mean that a destination is away.",
            queries=(Query(house_now("outbox_oldest_seconds")),),
            width=4,
            height=4,
            unit="s",
            steps={300: AMBER, _DAY: RED},
        ),
        Panel(
            kind="stat",
            title="丢弃的数据",
            what="Values dropped because the outbox or the disk was full, since the data folder was made.",
            queries=(Query(house_now("outbox_dropped")),),
            width=4,
            height=4,
            unit="short",
            steps={1: RED},
        ),
        Panel(
            kind="stat",
            title="磁盘剩余",
            what="What the gateway may still write on its disk.",
            queries=(Query(house_now("disk_free_bytes")),),
            width=4,
            height=4,
            unit="bytes",
            steps={0: RED, 200e6: AMBER, 1e9: "#8e8e8e"},
        ),
        Panel(
            kind="stat",
            title="在线设备",
            what="Devices whose link is up.",
            queries=(Query(house_now("devices_up")),),
            width=4,
            height=4,
        ),
        Panel(
            kind="stat",
            title="未记录",
            what="What went out although the journal could not take it, since the gateway started.",
            queries=(Query(house_now("not_recorded")),),
            width=4,
            height=4,
            steps={1: RED},
        ),
        Panel(
            kind="timeseries",
            title="数据量",
            what="Per second: values read, values that changed, values told on. The change filter lies between the last two.",
            queries=(Query(house_rate("points", "changed", "told"), "$col"),),
            unit="cps",
        ),
        Panel(
            kind="timeseries",
            title="事件和判断",
            what="Per second: events of devices, outcomes of judgement, deadlines that came.",
            queries=(Query(house_rate("events", "judged", "turns"), "$col"),),
            unit="cps",
        ),
        Panel(
            kind="timeseries",
            title="发件箱大小",
            what="What the outbox takes on disk.",
            queries=(Query(house_level("outbox_bytes"), "$col"),),
            width=8,
            unit="bytes",
            low=0,
        ),
        Panel(
            kind="timeseries",
            title="发件箱积压时间",
            what="Age of the oldest value in the outbox: it falls while a backlog is drained.",
            queries=(Query(house_level("outbox_oldest_seconds"), "$col"),),
            width=8,
            unit="s",
            low=0,
            steps={_HOUR: AMBER, _DAY: RED},
        ),
        Panel(
            kind="timeseries",
            title="内存",
            what="Resident memory of the gateway. It is flat; a slope over days is a fault worth reporting.",
            queries=(Query(house_level("resident_bytes"), "$col"),),
            width=8,
            unit="bytes",
            low=0,
        ),
        Panel(
            kind="table",
            title="不可信的读数",
            what="The last times that a point became bad, uncertain or silent, with the reason.",
            queries=(
                Query(
                    select(
                        '"building", "device", "faults"',
                        ANY,
                        f'"faults" =~ / (bad|uncertain|unheard)/ AND {OF_DEVICES}',
                        LAST_100,
                    )
                ),
            ),
            width=24,
            columns={"Time": "时间", "building": "楼栋", "device": "设备", "faults": "点位和原因"},
        ),
    ),
)
