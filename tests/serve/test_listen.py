from __future__ import annotations

import asyncio
import socket

import pytest

from gateway.serve.listen import ListenError, listen, split


def test_a_free_port_is_taken_on_loopback() -> None:
    with listen("127.0.0.1:0") as bound:
        host, port = bound.getsockname()

        assert host == "127.0.0.1"
        assert port > 0
        assert bound.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)


async def test_accepted_connections_send_at_once_and_do_not_wait_for_a_delayed_acknowledgement() -> None:
    accepted: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def look(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = writer.get_extra_info("socket")
        accepted.set_result(connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        writer.close()

    bound = listen("127.0.0.1:0")
    async with await asyncio.start_server(look, sock=bound):
        _, writer = await asyncio.open_connection(*bound.getsockname())
        nodelay = await asyncio.wait_for(accepted, 3)
        writer.close()

    assert nodelay


def test_an_occupied_port_is_one_sentence_that_names_it_and_the_way_out() -> None:
    with listen("127.0.0.1:0") as first:
        bind = f"127.0.0.1:{first.getsockname()[1]}"

        with pytest.raises(ListenError, match=rf"{bind} is taken by another program; .*--http"):
            listen(bind)


@pytest.mark.parametrize("bind", ["0.0.0.0:0", "[::]:0", "192.0.2.1:0"])
def test_beyond_loopback_plain_http_must_be_allowed_in_writing(bind: str) -> None:
    with pytest.raises(ListenError, match="plain_http_allowed: true"):
        listen(bind)


def test_beyond_loopback_plain_http_may_be_allowed() -> None:
    with listen("0.0.0.0:0", plain_http_allowed=True) as bound:
        assert bound.getsockname()[0] == "0.0.0.0"


def test_an_address_of_another_machine_is_said() -> None:
    with pytest.raises(ListenError, match=r"192\.0\.2\.1:0 is not an address of this machine"):
        listen("192.0.2.1:0", plain_http_allowed=True)


@pytest.mark.parametrize("bind", ["", "8080", "127.0.0.1", "127.0.0.1:x", "127.0.0.1:70000", "[::1:80", ":80"])
def test_what_is_no_address_is_said_with_an_example(bind: str) -> None:
    with pytest.raises(ListenError, match=r"is not HOST:PORT, such as 127\.0\.0\.1:8080"):
        listen(bind)


def test_a_name_without_an_address_is_said() -> None:
    with pytest.raises(ListenError, match="no address for"):
        listen("no-such-name.invalid:0")


@pytest.mark.parametrize(
    ("bind", "expected"),
    [("localhost:1", ("localhost", 1)), ("[::1]:8080", ("::1", 8080)), ("10.0.0.1:0", ("10.0.0.1", 0))],
)
def test_host_and_port_are_split(bind: str, expected: tuple[str, int]) -> None:
    assert split(bind) == expected
