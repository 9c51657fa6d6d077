"""充电: what the charging sheds draw, by the meters in front of them."""

from __future__ import annotations

from dashboards.grafana.page import Page
from dashboards.grafana.panels import AMBER, RED, Panel, Query
from dashboards.grafana.queries import ANY, DAYS, IN_SHANGHAI, OF_DEVICES, increase, per_device, select

_POWER_NOW = select('last("active_power")', ANY, OF_DEVICES, 'GROUP BY "device"')

PAGE = Page(
    uid="gridpost-charging",
    title="充电",
    what="Charging sheds by their meters. Sessions of single chargers are not here.",
    panels=(
        Panel(
            kind="stat",
            title="当前总功率",
            what="What all chosen meters draw together, by their last reading in the time on display.",
            queries=(Query(_POWER_NOW, "$tag_device"),),
            width=4,
            unit="watt",
            total=True,
        ),
        Panel(
            kind="stat",
            title="本时段用电",
            what="What all chosen meters drew together in the time on display.",
            queries=(Query(increase("import_energy", OF_DEVICES, '"device"'), "$tag_device"),),
            width=4,
            unit="kwatth",
            decimals=1,
            total=True,
        ),
        Panel(
            kind="timeseries",
            title="功率",
            what="Active power of each meter, on top of each other. A step at night is a battery that somebody plugged in "
            "late; one that never falls is a charger that does not stop.",
            queries=(Query(per_device('mean("active_power")'), "$tag_device"),),
            width=16,
            unit="watt",
            stacked=True,
        ),
        Panel(
            kind="timeseries",
            title="电流",
            what="The highest current of each meter. The limit is the shed's breaker, not this plot.",
            queries=(Query(per_device('max("current")'), "$tag_device"),),
            width=8,
            unit="amp",
            decimals=1,
        ),
        Panel(
            kind="timeseries",
            title="电压",
            what="Mains voltage, lowest and highest. 220 V +7 % -10 % is what GB/T 12325 allows at 220 V.",
            queries=(
                Query(per_device('min("voltage")'), "$tag_device ↓"),
                Query(per_device('max("voltage")'), "$tag_device ↑"),
            ),
            width=8,
            unit="volt",
            decimals=0,
            steps={0: RED, 198: AMBER, 205: "transparent", 235.4: RED},
        ),
        Panel(
            kind="timeseries",
            title="每日用电",
            what="Energy drawn in each day of Shanghai's time, by meter.",
            queries=(
                Query(increase("import_energy", OF_DEVICES, f'{DAYS}, "device" fill(0) {IN_SHANGHAI}'), "$tag_device"),
            ),
            width=8,
            unit="kwatth",
            decimals=1,
            bars=True,
        ),
        Panel(
            kind="timeseries",
            title="功率因数",
            what="Active through apparent power. Chargers without correction stand at 0.5 to 0.7.",
            queries=(Query(per_device('mean("power_factor")'), "$tag_device"),),
            decimals=2,
            low=-1,
            high=1,
        ),
        Panel(
            kind="timeseries",
            title="频率",
            what="Mains frequency. Far from 50 Hz the shed runs on a generator or the meter is wrong.",
            queries=(Query(per_device('mean("frequency")'), "$tag_device"),),
            unit="hertz",
            decimals=2,
        ),
    ),
)
