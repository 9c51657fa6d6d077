from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from pydantic import ValidationError

from drivers.secret import Secret
from gateway.deliver.influx.config import InfluxConfig

V1 = {"id": "influx", "kind": "influxdb", "url": "http://127.0.0.1:8086", "dialect": "v1", "database": "gridpost"}


def config(**more: Any) -> InfluxConfig:
    return InfluxConfig.model_validate({**V1, **more})


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ({"database": ""}, "`database` is missing"),
        ({"dialect": "v2"}, "`database` belongs to v1 and v3, not to v2"),
        ({"dialect": "v2", "database": "", "bucket": "b"}, "`org` is missing"),
        ({"bucket": "b"}, "`bucket` belongs to v2, not to v1"),
        ({"token": {"env": "T"}}, "`token` belongs to v2 and v3, not to v1"),
        ({"dialect": "v3", "retention_policy": "r"}, "`retention_policy` belongs to v1, not to v3"),
        ({"username": "u"}, "`username` and `password` belong together"),
        ({"url": "127.0.0.1:8086"}, "`url` begins with http:// or https:// and names a host"),
        ({"url": "http://h:port"}, "`url` cannot be read"),
        ({"url": "http://h/?db=x"}, "`url` ends before ? and #"),
        ({"db": "x"}, "db\n"),
        ({"database": "a\nb"}, "database"),
    ],
)
def test_what_cannot_work_is_said_before_anything_runs(written: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError) as refused:
        config(**written)

    assert said in str(refused.value)


def test_a_password_in_the_url_is_refused_and_not_repeated() -> None:
    with pytest.raises(ValidationError) as refused:
        config(url="http://writer:correct-horse@10.0.0.9:8086")

    assert "secrets are named, not written" in str(refused.value)
    assert "correct-horse" not in str(refused.value)


def test_a_secret_that_is_written_where_its_place_belongs_is_not_repeated() -> None:
    with pytest.raises(ValidationError) as refused:
        config(username="writer", password="correct-horse")  # noqa: S106 - the mistake that is meant

    assert "password" in str(refused.value)
    assert "correct-horse" not in str(refused.value)


@pytest.mark.parametrize(
    ("url", "loopback"),
    [
        ("http://127.0.0.1:8086", True),
        ("http://[::1]:8086", True),
        ("https://localhost", True),
        ("http://127.0.0.1.example.org", False),
        ("http://10.0.0.9:8086", False),
        ("https://metrics.example.org", False),
    ],
)
def test_it_is_known_what_stays_on_the_box(url: str, *, loopback: bool) -> None:
    assert config(url=url).loopback is loopback


def test_no_secret_shows_in_what_is_shown() -> None:
    written = config(username="writer", password=Secret(env="INFLUX_PASSWORD"))

    assert written.target == "http://127.0.0.1:8086 gridpost"
    assert "INFLUX_PASSWORD" in repr(written)


def test_reading_a_configuration_loads_no_http_library() -> None:
    asked = "import sys, gateway.deliver.influx.config; print({'aiohttp', 'influxdb_client'} & set(sys.modules))"

    said = subprocess.run([sys.executable, "-c", asked], capture_output=True, check=True, text=True)

    assert said.stdout.strip() == "set()"
