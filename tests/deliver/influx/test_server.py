from __future__ import annotations

import base64
import gzip
import time
from typing import TYPE_CHECKING, Any

import pytest

from gateway.deliver.influx.answer import Verdict
from gateway.deliver.influx.config import InfluxConfig
from gateway.deliver.influx.server import ANSWER_LIMIT_BYTES, NoAnswer, Server, Unusable
from tests.deliver.influx.certificates import make_certificate
from tests.deliver.influx.scripted import Drip, Scripted, reply
from tests.servers.influxd import Influxd
from tests.servers.victoria import Victoria

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.deliver.influx.answer import Answer

LINE = b"door,device=b3u1 open=t 1732226400123456789\n"


def config(url: str, **more: Any) -> InfluxConfig:
    place = {"bucket": "gridpost", "org": "o"} if more.get("dialect") == "v2" else {"database": "gridpost"}
    return InfluxConfig.model_validate(
        {"id": "influx", "kind": "influxdb", "url": url, "dialect": "v1", **place, **more}
    )


async def write(config: InfluxConfig, body: bytes = LINE) -> Answer:
    async with Server(config, time.time) as server:
        return await server.write(body)


@pytest.fixture
def token(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    monkeypatch.setenv("INFLUX_TOKEN", "correct-horse")
    return {"env": "INFLUX_TOKEN"}


async def test_what_influxd_acknowledges_it_has_to_the_nanosecond(tmp_path: Path) -> None:
    async with Influxd(tmp_path) as influxd:
        said = await write(config(influxd.url))

        found = await influxd.query("SELECT * FROM door")

    assert said.verdict is Verdict.STORED
    assert found[0]["values"] == [[1732226400123456789, "b3u1", True]]


async def test_influxd_lets_in_who_has_the_password(tmp_path: Path, token: dict[str, str]) -> None:
    async with Influxd(tmp_path) as influxd:
        await influxd.require_sign_in("writer", "correct-horse")

        refused = await write(config(influxd.url))
        taken = await write(config(influxd.url, username="writer", password=token))

    assert (refused.status, refused.verdict) == (401, Verdict.REFUSED)
    assert taken.verdict is Verdict.STORED


async def test_a_certificate_is_believed_only_when_its_authority_is_named(tmp_path: Path) -> None:
    certificate, key = make_certificate(tmp_path)
    http = {"https-enabled": "true", "https-certificate": f'"{certificate}"', "https-private-key": f'"{key}"'}
    async with Influxd(tmp_path / "influxd", http=http) as influxd:
        with pytest.raises(Unusable, match="name its authority as `ca_file`"):
            await write(config(influxd.url))
        believed = await write(config(influxd.url, ca_file=certificate))
        unchecked = await write(config(influxd.url, verify_tls=False))

    assert believed.verdict is unchecked.verdict is Verdict.STORED


async def test_an_error_that_quotes_every_line_is_read_whole(tmp_path: Path) -> None:
    bad = b"".join(b"door,device=%d open=maybe %d\n" % (i, i) for i in range(1, 5001))
    async with Influxd(tmp_path) as influxd:
        said = await write(config(influxd.url), bad)

    assert said.verdict is Verdict.LINES
    assert len(said.said) > len(bad)


async def test_victoria_metrics_takes_the_lines_of_dialect_v2(tmp_path: Path) -> None:
    async with Victoria(tmp_path) as victoria:
        said = await write(config(victoria.url, dialect="v2"))

        found = await victoria.export('{device="b3u1"}')

    assert said.verdict is Verdict.STORED
    assert [(times, values) for _, times, values in found] == [([1732226400123], [1])]


@pytest.mark.parametrize(
    ("written", "target", "authorization"),
    [
        ({"retention_policy": "a year"}, "/write?db=gridpost&rp=a+year&precision=ns", None),
        ({"dialect": "v2"}, "/api/v2/write?bucket=gridpost&org=o&precision=ns", "Token correct-horse"),
        ({"dialect": "v3"}, "/api/v2/write?bucket=gridpost&precision=ns", "Bearer correct-horse"),
    ],
)
async def test_each_dialect_has_its_address_and_its_key(
    written: dict[str, Any], target: str, authorization: str | None, token: dict[str, str]
) -> None:
    secret = {"token": token} if authorization else {"username": "u", "password": token}
    async with Scripted() as scripted:
        await write(config(scripted.url, **written, **secret))

    request = scripted.requests[0]
    basic = "Basic " + base64.b64encode(b"u:correct-horse").decode()
    assert (request.target, request.headers["authorization"]) == (target, authorization or basic)
    assert request.body == LINE
    assert request.headers["accept-encoding"] == "identity"


async def test_a_redirection_is_not_followed(token: dict[str, str]) -> None:
    async with Scripted() as elsewhere, Scripted(reply(307, Location=f"{elsewhere.url}/write")) as scripted:
        said = await write(config(scripted.url, dialect="v2", token=token))

    assert said.verdict is Verdict.REFUSED
    assert elsewhere.requests == []


async def test_a_server_that_repeats_the_token_does_not_bring_it_into_a_log(token: dict[str, str]) -> None:
    async with Scripted(reply(401, b'{"error": "unknown token correct-horse"}')) as scripted:
        said = await write(config(scripted.url, dialect="v2", token=token))

    assert said.words == "unknown token ***"


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (b"HTTP/1.1 500 X\r\nContent-Length: 99999999\r\n\r\n" + b"x" * (ANSWER_LIMIT_BYTES + 1), 500),
        (b"HTTP/1.1 400 X\r\nContent-Length: 999\r\nConnection: close\r\n\r\n{}", None),
        (b"HTTP/1.1 400 X\r\nContent-Encoding: gzip\r\nContent-Length: 7\r\n\r\nnotgzip", 400),
        (b"HTTP/1.1 204 X\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", None),
        (b"HTTP/1.1 999999 X\r\n\r\n", None),
        (b"SSH-2.0-OpenSSH_9.2\r\n", None),
        (b"\x00" * 1000, None),
        (b"HTTP/1.1 204 X\r\n" + b"A: b\r\n" * 100_000 + b"\r\n", None),
        (Drip(reply(500), 0.05), None),
        (Drip(reply(500, b"x" * 100), 0.03), None),
    ],
)
async def test_no_answer_however_strange_takes_more_than_its_time(answer: bytes | Drip, status: int | None) -> None:
    async with Scripted(otherwise=answer) as scripted:
        began = time.monotonic()

        try:
            said = await write(config(scripted.url, timeout_seconds=1))
        except NoAnswer:
            said = None

    assert (said and said.status) == status
    assert said is None or len(said.said) <= ANSWER_LIMIT_BYTES
    assert time.monotonic() - began < 5


async def test_a_compressed_answer_is_not_unpacked() -> None:
    packed = gzip.compress(b'{"error": "unable to parse"}')
    async with Scripted(reply(400, packed, Content_Encoding="gzip")) as scripted:
        said = await write(config(scripted.url))

    assert said.verdict is Verdict.REFUSED


async def test_a_missing_secret_or_certificate_is_said_in_a_sentence(tmp_path: Path) -> None:
    missing = tmp_path / "missing"
    with pytest.raises(Unusable, match="the environment variable NOT_THERE is not set"):
        await write(config("http://127.0.0.1:1", dialect="v2", token={"env": "NOT_THERE"}))
    with pytest.raises(Unusable, match=f"`ca_file` {missing}"):
        await write(config("https://127.0.0.1:1", ca_file=missing))
    with pytest.raises(NoAnswer, match="refused"):
        await write(config("http://127.0.0.1:1"))
