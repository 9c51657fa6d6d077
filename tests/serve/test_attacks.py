"""What somebody tries who means no good: each is refused, costs little, and leaves everybody else served."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from gateway.serve.connection import HEAD_BYTES
from gateway.serve.rights import RIGHTS
from tests.serve.compound import TENDED, Town, open_town, served
from tests.serve.wire import HOST, JSON, SIGN_IN, Wire, authorised, still_served, wire

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


pytestmark = pytest.mark.asyncio(loop_scope="module")

SOAK = os.environ.get("GRIDPOST_SOAK") == "1"


# ------------------------------------------------------------ requests of an odd shape


@pytest.mark.parametrize(
    "lines",
    [
        ("Content-Length: 4", "Content-Length: 2"),
        ("Content-Length: +2",),
        ("Content-Length: -2",),
        ("Content-Length : 2",),
        ("Content-Length: 2\r\n\0",),
        ("Transfer-Encoding: xchunked",),
        ("Transfer-Encoding: identity, chunked",),
        ("Transfer-Encoding: chunked", "Transfer-Encoding: chunked"),
        ("Transfer-Encoding: chunked", "Content-Length: 4"),
        ("Content-Length: 4", "Transfer-Encoding: chunked"),
        ("Host: evil.example",),
    ],
)
async def test_a_request_with_two_ends_or_two_hosts_is_refused_and_nothing_behind_it_is_answered(
    attacked: Town, lines: tuple[str, ...]
) -> None:
    hidden = f"GET /api/v1/me HTTP/1.1\r\n{HOST}\r\n{authorised(attacked)}\r\n\r\n".encode()

    async with wire(attacked) as attacker:
        attacker.send("POST /api/v1/alarms/1/ack HTTP/1.1", HOST, *lines, body=b"0\r\n\r\n" + hidden)
        answer = await attacker.answer()
        rest = await attacker.ended()

    assert answer.status == 400
    assert b"administrator" not in rest
    assert b"HTTP/1.1 200" not in rest
    assert attacked.road.acts == []


@pytest.mark.parametrize(
    ("lines", "status"),
    [
        ((f"GET /healthz?{'x' * 9_000} HTTP/1.1",), 414),
        ((f"GET /{'x' * 9_000} HTTP/1.1",), 414),
        (("GET /healthz HTTP/1.1", *["a: b"] * 10_000), 431),
        (("GET /healthz HTTP/1.1", *["a: b"] * 101), 431),
        (("GET /healthz HTTP/1.1", f"a: {'x' * HEAD_BYTES}"), 431),
        ((SIGN_IN, JSON, "Content-Length: 99999999999", "Expect: 100-continue"), 413),
        ((SIGN_IN, JSON, f"Content-Length: {10**40}"), 400),
        (("TRACE /api/v1/me HTTP/1.1",), 405),
        (("OPTIONS /api/v1/me HTTP/1.1", "Access-Control-Request-Method: DELETE"), 405),
        (("OPTIONS * HTTP/1.1",), 404),
        (("GET /api/v1/session HTTP/1.1", "X-HTTP-Method-Override: DELETE"), 405),
        (("CONNECT evil.example:443 HTTP/1.1",), 404),
        (("GET http://evil.example/healthz HTTP/1.1",), 404),
        (("GET //healthz HTTP/1.1",), 404),
        (("PRI * HTTP/2.0",), 404),
    ],
)
async def test_a_head_of_an_odd_shape_is_refused_and_tells_nothing(
    attacked: Town, lines: tuple[str, ...], status: int
) -> None:
    async with wire(attacked) as attacker:
        attacker.send(*lines, HOST, authorised(attacked))
        answer = await attacker.answer()

    assert answer.status == status
    assert "access-control" not in answer.head
    assert attacked.tokens["administrator"] not in answer.head + answer.body
    await still_served(attacked)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"[" * 60_000, 400),
        (b'{"a":' * 12_000, 400),
        (b'{"code":"\xff"}', 400),
        (b'{"code":' + b"9" * 5_000 + b"}", 400),
        (b'{"code":"\\ud800"}', 422),
        (b'{"code":NaN}', 422),
        (b'{"code":"a","code":["b"]}', 422),
        (b'{"code":"a","__proto__":{"role":"administrator"}}', 422),
        (b'"' + b"x" * 70_000 + b'"', 413),
    ],
)
async def test_a_body_of_an_odd_shape_is_refused_without_repeating_it(attacked: Town, body: bytes, status: int) -> None:
    async with wire(attacked) as attacker:
        attacker.send(SIGN_IN, HOST, JSON, f"Content-Length: {len(body)}", body=body)
        answer = await attacker.answer()

    assert answer.status == status
    assert len(answer.body) < 1_000
    await still_served(attacked)


async def test_a_body_in_chunks_is_not_read_beyond_its_limit(attacked: Town) -> None:
    async with wire(attacked) as attacker:
        attacker.send(
            SIGN_IN,
            HOST,
            JSON,
            "Transfer-Encoding: chunked",
            body=b"10000\r\n" + b"x" * 65_536 + b"\r\n" + b"1\r\nx\r\n",
        )
        answer = await attacker.answer()

    assert answer.status == 413


# ------------------------------------------------------------ addresses that lead elsewhere

ELSEWHERE = (
    "..%2f..%2f..%2fetc%2fpasswd",
    "%2e%2e%2fsecret.txt",
    "%252e%252e%252fsecret.txt",
    "..\\secret.txt",
    "..%5csecret.txt",
    "secret.txt%00.css",
    "%00",
    "%2fetc%2fpasswd",
    "%ff%fe",
    "%ed%a0%80",
    ".",
    "..",
    "%0d%0aSet-Cookie:%20a=b",
    "'%20OR%201=1--",
    "999999999999999999999999",
    "-1",
    "1e3",
    "%D9%A1",  # the digit one, in Arabic
)


async def _wrong(attacker: Wire, method: str, path: str, line: str) -> str:
    attacker.send(f"{method} {path} HTTP/1.1", HOST, line, JSON, "Content-Length: 2", body=b"{}")
    answer = await attacker.answer()
    leaked = "secret of the house" in answer.body or "root:" in answer.body or "set-cookie" in answer.head
    return f"{method} {path} {answer.status}" if leaked or answer.status not in {403, 404, 405, 409, 422, 503} else ""


async def test_no_path_parameter_leads_anywhere_else(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("secret of the house")
    page = tmp_path / "page"
    (page / "assets").mkdir(parents=True)
    (page / "assets" / "link.txt").symlink_to(tmp_path / "secret.txt")
    (page / "index.html").write_text("<!doctype html>")
    (tmp_path / "data").mkdir()

    async with open_town(tmp_path / "data", TENDED, page) as attacked, served(attacked), wire(attacked) as attacker:
        found = [await _wrong(attacker, method, path, authorised(attacked)) for method, path in _astray()]

    assert [wrong for wrong in found if wrong] == []
    assert len(found) > 400


def _astray() -> Iterator[tuple[str, str]]:
    """Every route with a parameter, with what leads elsewhere in its first one: a third of it all, by turns."""
    for turn, (method, path) in enumerate(RIGHTS):
        start, _, rest = path.partition("{")
        if not rest or "octt" in path or path.startswith("/a/"):  # under a test flag alone; no parameter but a secret
            continue
        end = rest.partition("}")[2].replace("{", "").replace("}", "")
        for elsewhere in ELSEWHERE[0 if SOAK else turn % 3 :: 1 if SOAK else 3]:
            yield method, f"{start}{elsewhere}{end}"
