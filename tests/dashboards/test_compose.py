"""`compose.yaml` where there is no Docker to run it: what can be known of it by reading."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from gateway.config.load import load

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
PUBLISHED = {"gateway": ["127.0.0.1:8080:8080"], "grafana": ["127.0.0.1:3000:3000"]}

KEYS = {
    "build", "cap_drop", "command", "depends_on", "environment", "healthcheck", "image", "logging", "network_mode",
    "networks", "ports", "read_only", "restart", "security_opt", "stop_grace_period", "tmpfs", "user", "volumes",
}  # fmt: skip
"""The keys of a service, from the Compose Specification, that are used here."""

services = pytest.mark.parametrize("name", SERVICES)


def test_the_services_are_those_of_the_house() -> None:
    assert set(SERVICES) == {"gateway", "simulator", "influxdb", "grafana", "mosquitto"}


@services
def test_a_service_has_only_keys_that_compose_knows(name: str) -> None:
    assert set(SERVICES[name]) <= KEYS


@services
def test_every_image_is_pinned(name: str) -> None:
    assert re.fullmatch(r"[a-z/-]+:\d+\.\d+(\.\d+)?", SERVICES[name]["image"])


def test_the_base_of_our_own_image_is_pinned() -> None:
    bases = re.findall(r"^FROM (\S+)", (ROOT / "packaging" / "Dockerfile").read_text("utf-8"), re.MULTILINE)

    assert bases
    assert all(re.fullmatch(r"python:3\.11\.\d+-slim-bookworm", base) for base in bases)


@services
def test_only_the_page_and_grafana_are_published_and_on_loopback(name: str) -> None:
    assert SERVICES[name].get("ports", []) == PUBLISHED.get(name, [])


@services
def test_nobody_beside_the_two_has_a_way_out(name: str) -> None:
    outside = set(SERVICES[name].get("networks", ())) - {"inside"}

    assert COMPOSE["networks"]["inside"] == {"internal": True}
    assert outside == ({"front"} if name in PUBLISHED else set())


@services
def test_a_service_gives_up_what_it_does_not_need(name: str) -> None:
    service = SERVICES[name]

    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]


def test_the_gateway_is_nobody_special_and_writes_nowhere_but_its_data() -> None:
    dockerfile = (ROOT / "packaging" / "Dockerfile").read_text("utf-8")
    volumes = SERVICES["gateway"]["volumes"]

    assert SERVICES["gateway"]["read_only"]
    assert re.search(r"^USER gridpost$", dockerfile, re.MULTILINE)
    assert "/healthz" in dockerfile
    assert [volume for volume in volumes if not volume.endswith(":ro")] == ["gateway-data:/var/lib/gridpost"]
    assert "STATE_DIRECTORY=/var/lib/gridpost" in dockerfile


def test_no_password_stands_in_it_and_grafana_has_none_by_default() -> None:
    environments = [service.get("environment", {}) for service in SERVICES.values()]
    secrets = {name: value for given in environments for name, value in given.items() if "PASSWORD" in name}

    assert list(secrets) == ["GF_SECURITY_ADMIN_PASSWORD"]
    assert all(re.match(r"\$\{\w+:\?.+\}$", value) for value in secrets.values())  # refused where it is not set


def test_what_is_mounted_is_there() -> None:
    mounted = [volume.split(":")[0] for service in SERVICES.values() for volume in service.get("volumes", ())]

    for source in mounted:
        assert source in COMPOSE["volumes"] or (ROOT / source).exists(), source


def test_grafana_finds_the_dashboards_where_they_are_mounted() -> None:
    provider = yaml.safe_load((ROOT / "dashboards/grafana/provisioning/dashboards/gridpost.yaml").read_text("utf-8"))
    mounts = dict(volume.split(":")[:2] for volume in SERVICES["grafana"]["volumes"])

    assert mounts["./dashboards/grafana/json"] == provider["providers"][0]["options"]["path"]


def test_the_gateway_takes_its_configuration_and_reaches_its_neighbours() -> None:
    plan = load(ROOT / "packaging" / "compose" / "compound.yaml")

    assert plan.compound.simulated
    assert [outlet.target for outlet in plan.outlets] == [
        "http://influxdb:8086 gridpost",
        "mqtt://mosquitto:1883/gridpost",
    ]
    assert (
        SERVICES["influxdb"]["environment"]["INFLUXDB_DB"]
        == SERVICES["grafana"]["environment"]["GRIDPOST_INFLUX_DATABASE"]
    )


def test_the_simulated_buildings_are_those_that_the_simulator_serves() -> None:
    command = SERVICES["simulator"]["command"]
    asked = [sys.executable, "-m", "simulator", "config", *command[command.index("--buildings") :]]

    printed = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=True).stdout

    assert (ROOT / "packaging" / "compose" / "simulated.yaml").read_text("utf-8") == printed
    assert SERVICES["simulator"]["network_mode"] == "service:gateway"  # it binds loopback only
