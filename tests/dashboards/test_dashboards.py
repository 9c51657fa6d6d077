"""The dashboards as Grafana reads them: current, in order on the page, and from the data source that is provisioned."""

from __future__ import annotations

import re
from itertools import combinations
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from dashboards.grafana.__main__ import FOLDER, path_of, written
from dashboards.grafana.pages import PAGES
from tests.dashboards.grafana import DASHBOARDS, FILES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dashboards.grafana.page import Page

GRAFANA = FOLDER.parent
BUILT_IN = {"stat", "timeseries", "state-timeline", "table", "bargauge"}
PANELS = [
    pytest.param(dashboard, panel, id=f"{dashboard['uid']}: {panel['title']}")
    for dashboard in DASHBOARDS
    for panel in dashboard["panels"]
]


def provisioned(kind: str) -> Any:
    return yaml.safe_load((GRAFANA / "provisioning" / kind / "gridpost.yaml").read_text("utf-8"))


def tags_named(text: str) -> set[str]:
    return set(re.findall(r"\$tag_(\w+)", text))


def cells(panel: Mapping[str, Any]) -> Iterator[tuple[int, int]]:
    place = panel["gridPos"]
    for x in range(place["x"], place["x"] + place["w"]):
        for y in range(place["y"], place["y"] + place["h"]):
            yield x, y


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.uid)
def test_what_is_committed_is_what_the_source_makes(page: Page) -> None:
    assert path_of(page).read_text("utf-8") == written(page), "run: python -m dashboards.grafana"


def test_no_dashboard_is_left_over() -> None:
    assert sorted(path_of(page) for page in PAGES) == FILES


@pytest.mark.parametrize("dashboard", DASHBOARDS, ids=lambda dashboard: dashboard["uid"])
def test_a_dashboard_keeps_itself_fresh_in_the_time_of_who_looks(dashboard: Mapping[str, Any]) -> None:
    assert (dashboard["refresh"], dashboard["timezone"]) == ("30s", "browser")
    assert dashboard["uid"].startswith("gridpost-")


@pytest.mark.parametrize("dashboard", DASHBOARDS, ids=lambda dashboard: dashboard["uid"])
def test_panels_do_not_lie_on_each_other_or_beyond_the_edge(dashboard: Mapping[str, Any]) -> None:
    taken = [set(cells(panel)) for panel in dashboard["panels"]]

    assert all(x < 24 for cell in taken for x, _ in cell)
    assert not any(one & other for one, other in combinations(taken, 2))
    assert len({panel["id"] for panel in dashboard["panels"]}) == len(dashboard["panels"])


@pytest.mark.parametrize(("dashboard", "panel"), PANELS)
def test_a_panel_needs_no_plugin_and_is_titled_in_chinese_and_explained_in_english(
    dashboard: Mapping[str, Any], panel: Mapping[str, Any]
) -> None:
    assert dashboard["panels"]
    assert panel["type"] in BUILT_IN
    assert re.search(r"[一-鿿]", panel["title"])
    assert re.match(r"[A-Z].+\.$", panel["description"])


@pytest.mark.parametrize(("dashboard", "panel"), PANELS)
def test_a_query_is_filled_in_by_variables_and_tags_that_are_there(
    dashboard: Mapping[str, Any], panel: Mapping[str, Any]
) -> None:
    offered = {variable["name"] for variable in dashboard["templating"]["list"]} | {"timeFilter", "__interval"}

    for target in panel["targets"]:
        grouped = set(re.findall(r'"(\w+)"', target["query"].rpartition("GROUP BY")[2]))
        assert set(re.findall(r"\$(\w+)", target["query"])) <= offered
        assert tags_named(target["alias"]) <= grouped


@pytest.mark.parametrize("dashboard", DASHBOARDS, ids=lambda dashboard: dashboard["uid"])
def test_everything_asks_the_provisioned_source(dashboard: Mapping[str, Any]) -> None:
    (source,) = provisioned("datasources")["datasources"]
    asking = [*dashboard["panels"], *dashboard["templating"]["list"], *dashboard["annotations"]["list"]]

    assert {(one["datasource"]["type"], one["datasource"]["uid"]) for one in asking} == {
        (source["type"], source["uid"])
    }


def test_the_source_holds_no_secret_and_speaks_influxql() -> None:
    (source,) = provisioned("datasources")["datasources"]

    assert source["jsonData"]["version"] == "InfluxQL"
    given = (source["url"], source["user"], source["jsonData"]["dbName"], *source["secureJsonData"].values())
    assert all(re.fullmatch(r"\$\{GRIDPOST_INFLUX_[A-Z]+\}", value) for value in given)
