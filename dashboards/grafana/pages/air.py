"""空气: temperature and humidity in basements, bin rooms and sheds."""

from __future__ import annotations

from dashboards.grafana.page import Page
from dashboards.grafana.panels import AMBER, RED, Panel, Query
from dashboards.grafana.queries import ANY, DAYS, IN_SHANGHAI, OF_DEVICES, per_device, select

_NOW = select('last("air_temperature") AS "now"', ANY, OF_DEVICES, 'GROUP BY "device"')
_HOTTEST = select('top("now", "device", 10)', f"({_NOW})", "$timeFilter")

_EXTREMES = {
    "coldest": 'min("air_temperature")',
    "hottest": 'max("air_temperature")',
    "driest": 'min("humidity")',
    "dampest": 'max("humidity")',
}
_EACH_DAY = select(
    ", ".join(f'{figure} AS "{name}"' for name, figure in _EXTREMES.items()),
    ANY,
    OF_DEVICES,
    f'GROUP BY {DAYS}, "device" fill(none) {IN_SHANGHAI}',
)

PAGE = Page(
    uid="gridpost-air",
    title="空气",
    what="The air in rooms. What detects smoke, gas and CO raises alarms of its own and is not judged by these plots.",
    panels=(
        Panel(
            kind="timeseries",
            title="温度",
            what="Air temperature, the highest of each interval. From 60 °C it is an alarm (rule temperature_high).",
            queries=(Query(per_device('max("air_temperature")'), "$tag_device"),),
            unit="celsius",
            decimals=1,
            steps={60: RED},
        ),
        Panel(
            kind="timeseries",
            title="相对湿度",
            what="Relative humidity. Above 80 % for days, walls get mouldy and contacts corrode.",
            queries=(Query(per_device('mean("humidity")'), "$tag_device"),),
            unit="humidity",
            decimals=0,
            low=0,
            high=100,
            steps={80: AMBER},
        ),
        Panel(
            kind="table",
            title="最热的 10 处",
            what="Where the last reading in the time on display was the hottest.",
            queries=(Query(_HOTTEST),),
            width=8,
            unit="celsius",
            columns={"device": "设备", "top": "温度"},
        ),
        Panel(
            kind="table",
            title="每日高低",
            what="The extremes of each day in Shanghai's time.",
            queries=(Query(_EACH_DAY),),
            width=16,
            decimals=1,
            columns={
                "Time": "日期",
                "device": "设备",
                "coldest": "最低温度 °C",
                "hottest": "最高温度 °C",
                "driest": "最低湿度 %",
                "dampest": "最高湿度 %",
            },
        ),
    ),
)
