"""A box out of its carton: from an empty folder to a compound of 59 buildings with a proved channel and a backup."""

from __future__ import annotations

import asyncio
import re
import ssl
import sys
from asyncio.subprocess import PIPE, STDOUT
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import httpx

from bench.children import end
from bench.gateway import free_port
from gateway.commands.tls import make
from gateway.config.load import load
from gateway.keep.accounts.setup_code import make_setup_code
from simulator.services.server import ChatServices
from tests.end_to_end.living import Living
from tests.serve.compound import NO_TLS
from tests.setting_up import entering

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

PASSWORD = "four words on a wall"  # noqa: S105 - of nobody


@asynccontextmanager
async def unpacked(
    folder: Path, host: str = "127.0.0.1", verify: ssl.SSLContext | None = None
) -> AsyncIterator[Living]:
    """A gateway on a box that knows nothing yet, with its page on that host; `verify` where it speaks TLS."""
    config, port = folder / "etc" / "compound.yaml", free_port()
    config.parent.mkdir(exist_ok=True)
    where = ("--data", str(folder / "data"), "--http", f"{host}:{port}", "--set-up")
    command = (sys.executable, "-m", "gateway", "run", str(config), *where)
    process = await asyncio.create_subprocess_exec(*command, stdout=PIPE, stderr=STDOUT)
    page = f"{'https' if verify else 'http'}://127.0.0.1:{port}"
    async with httpx.AsyncClient(
        base_url=page, headers={"Origin": page}, timeout=20, verify=verify or NO_TLS
    ) as client:
        gateway = Living(process, client, config)
        listening = asyncio.create_task(gateway.listen())
        try:
            await gateway.serves()
            yield gateway
        finally:
            await end(process)
            await listening


async def asked(gateway: Living, method: str, path: str, status: int, body: Any = None) -> Any:
    """What the wizard answers."""
    answer = await gateway.client.request(method, f"/api/v1/setup{path}", json=body)
    assert answer.status_code == status, answer.text
    return answer.json() if answer.content else None


def step(state: dict[str, Any], name: str) -> dict[str, Any]:
    """One step of what the wizard answered."""
    found: dict[str, Any] = next(each for each in state["steps"] if each["id"] == name)
    return found


async def begun(gateway: Living, code: str) -> None:
    """The first administrator comes in."""
    await asked(gateway, "POST", "/begin", 204, {"code": code, "name": "王芳", "password": PASSWORD})


async def test_from_an_empty_folder_to_a_watched_compound(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    code = make_setup_code(tmp_path / "data", 1.0)
    stick = tmp_path / "stick"
    stick.mkdir()
    async with ChatServices() as services, unpacked(tmp_path) as gateway:
        assert await gateway.get("setup") == {"open": True, "writable": True, "file": "", "steps": []}
        await begun(gateway, code)

        state = {}
        for name, body in {
            "clock": entering.CLOCK,
            "compound": entering.COMPOUND,
            "buildings": entering.BUILDINGS,
            "grids": entering.GRIDS,
            "people": entering.PEOPLE,
            "channel": entering.channel(services.url),
            "backup": {"folder": str(stick), "same_disk_allowed": True},
        }.items():
            state = await asked(gateway, "PUT", f"/{name}", 200, body)
        assert step(state, "buildings")["facts"] == {"buildings": 59, "flats": 58 * 144 + 8}
        assert step(state, "channel")["state"] == "open", "it is not proved yet"

        number = (await asked(gateway, "POST", "/channel/prove", 202, {"channel": "chat", "to": "zhangsan"}))["number"]
        await gateway.until(f"setup/channel/proofs/{number}", lambda proof: proof["fate"] == "sent")
        [message] = services.record.of("wecom", "message")
        digits = "".join(re.findall(r"\d", message.text.partition("验证码")[2]))
        wrong = "0000" if digits != "0000" else "1111"
        await asked(gateway, "POST", f"/channel/proofs/{number}", 422, {"code": wrong})
        proof = await asked(gateway, "POST", f"/channel/proofs/{number}", 200, {"code": digits})
        state = await gateway.get("setup")

        assert proof["fate"] == "answered"
        assert [each["state"] for each in state["steps"]] == ["done"] * 7
        assert "zhangsan" in message.to

        finished = await asked(gateway, "POST", "/finish", 202)
        await gateway.serves()
        after = await gateway.until("setup", lambda state: not state["writable"])

        assert finished == {"restarting": True, "file": str(gateway.config)}
        assert gateway.process.returncode is None, "the same process goes on"
        assert after["open"] is False
        overview = await gateway.get("overview")
        assert (overview["compound"]["name"], len(overview["buildings"])) == ("幸福里小区", 59)
        duty = (await gateway.get("duty"))["grids"]
        assert {grid["responsible"]["id"] for grid in duty} == {"zhang", "li"}
        assert [each.suffix for each in stick.iterdir()] == [".sealed"]
    assert gateway.config.stat().st_mode & 0o777 == 0o600
    assert not (tmp_path / "data" / "set-up").exists()
    assert load(gateway.config).buildings[-1].name == "会所: A"


async def test_a_new_box_is_encrypted_a_power_cut_loses_nothing_and_every_step_can_be_skipped(tmp_path: Path) -> None:
    data = tmp_path / "data"
    assert make(data, (), ("127.0.0.1",)) == 0
    code = make_setup_code(data, 1.0)
    believing = ssl.create_default_context(cafile=str(data / "tls" / "ca.pem"))
    async with unpacked(tmp_path, "0.0.0.0", believing) as gateway:
        await begun(gateway, code)
        await asked(gateway, "PUT", "/compound", 200, entering.COMPOUND)
        certificate = (await gateway.get("system"))["tls"]
        offered = (await gateway.client.get("/ca.crt")).content
        cookies = gateway.client.cookies
        gateway.process.kill()

    async with unpacked(tmp_path, "0.0.0.0", believing) as gateway:
        gateway.client.cookies.update(cookies)
        again = await gateway.get("setup")
        for name in ("clock", "buildings", "grids", "people", "channel", "backup"):
            state = await asked(gateway, "POST", f"/{name}/skip", 200)
        await asked(gateway, "POST", "/finish", 202)
        await gateway.serves()
        await gateway.until("setup", lambda state: not state["writable"])
        overview = await gateway.get("overview")

    assert (certificate["own_ca"], certificate["names"]) == (True, ["127.0.0.1"])
    assert offered == ssl.PEM_cert_to_DER_cert((data / "tls" / "ca.pem").read_text())
    assert {cookie.name for cookie in cookies.jar} == {"__Host-gridpost_session", "__Host-gridpost_device"}
    assert step(again, "compound")["entered"] == entering.COMPOUND
    assert [each["state"] for each in state["steps"]] == ["skipped", "done", *["skipped"] * 5]
    assert overview["compound"]["name"] == "幸福里小区"
