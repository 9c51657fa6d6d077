"""`gridpost notify-test` against a gateway of cardboard that says what became of each notice."""

from __future__ import annotations

import json
import threading
from collections import deque
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from gateway.__main__ import app
from gateway.commands import WRONG, duty

if TYPE_CHECKING:
    from collections.abc import Iterator

    from typer.testing import Result

GRIDS = [
    {"grid": "c1", "name": "幸福社区", "roster_of": ""},
    {"grid": "g1", "name": "第一网格", "roster_of": "g1"},
    {"grid": "g2", "name": "第二网格", "roster_of": "g2"},
]
RUNG = {
    "g1": (202, {"test": 1, "called": [{"id": "zhang", "name": "张三"}]}),
    "g2": (409, {"detail": "nobody is on duty in g2", "code": "nobody_on_duty"}),
}


def notice(channel: str, fate: str, why: str = "") -> dict[str, Any]:
    """What became of a notice to Zhang."""
    return {"person": {"id": "zhang", "name": "张三"}, "channel": channel, "fate": fate, "why": why}


@contextmanager
def gateway(*fates: list[dict[str, Any]]) -> Iterator[str]:
    """A gateway that answers with these fates one after the other, then with the last of them for ever."""
    said = deque(fates)

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/api/v1/duty":
                self._answer(200, {"grids": GRIDS})
            else:
                assert self.path == "/api/v1/duty/tests/1"
                self._answer(200, {"messages": said.popleft() if len(said) > 1 else said[0]})

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self._answer(*RUNG[self.path.split("/")[4]])

        def _answer(self, status: int, body: Any) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        def log_message(self, *_what: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.01))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Receipts are waited for hardly at all."""
    monkeypatch.setattr(duty, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(duty, "RECEIPT_SECONDS", 0.1)


def _run(url: str, *words: str) -> Result:
    return CliRunner(env={"GRIDPOST_TOKEN": "t"}).invoke(app, ["notify-test", *words, "--url", url])


def test_it_waits_until_everything_has_left_and_says_what_became_of_it() -> None:
    with gateway(
        [],
        [notice("bot", "waiting"), notice("voice", "waiting")],
        [notice("bot", "sent"), notice("voice", "waiting")],
        [notice("bot", "sent"), notice("voice", "answered")],
    ) as url:
        result = _run(url, "g1")

    assert result.exit_code == 0, result.output
    assert result.stdout == "第一网格\t张三\tbot\tsent\n第一网格\t张三\tvoice\tanswered\n"


def test_who_is_reached_by_one_way_is_reached() -> None:
    with gateway([notice("bot", "failed", "errcode 45009"), notice("sms", "delivered")]) as url:
        result = _run(url, "g1")

    assert result.exit_code == 0
    assert "第一网格\t张三\tbot\tfailed\terrcode 45009\n" in result.stdout


@pytest.mark.parametrize("fates", [[], [notice("bot", "failed", "no route")], [notice("bot", "waiting")]])
def test_who_is_not_reached_is_said_and_fails_the_command(fates: list[dict[str, Any]]) -> None:
    with gateway(fates) as url:
        result = _run(url, "g1", "--seconds", "0.1")

    assert result.exit_code == WRONG
    assert "第一网格\t张三\tcould not be reached" in result.stderr


def test_every_grid_with_a_roster_is_rung_and_one_without_anybody_stops_none() -> None:
    with gateway([notice("bot", "delivered")]) as url:
        result = _run(url)

    assert result.exit_code == WRONG
    assert result.stdout == "第一网格\t张三\tbot\tdelivered\n"
    assert result.stderr == "第二网格\tnobody is on duty in g2\n"


def test_a_grid_that_is_not_there_is_said_with_those_that_are() -> None:
    with gateway([]) as url:
        result = _run(url, "g9")

    assert result.exit_code == WRONG
    assert "There is no grid 'g9'; there are: c1, g1, g2." in result.stderr
