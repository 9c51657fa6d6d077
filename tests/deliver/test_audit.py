"""The audit off the box: syslog over TLS that loses nothing over an outage, and the head once a day."""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
from contextlib import asynccontextmanager, closing, suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from pydantic import ValidationError

from gateway.auditing import HEAD_SUBJECT, TellHead
from gateway.deliver.audit import syslog as module
from gateway.deliver.audit.config import HeadConfig, SyslogConfig
from gateway.deliver.audit.head import HeadTeller
from gateway.deliver.audit.message import LONGEST_BYTES, message
from gateway.deliver.audit.syslog import SyslogOutlet
from gateway.deliver.outlet import State
from gateway.keep.audit.checkpoints import checkpoints
from gateway.keep.audit.reading import AuditRow, Who
from gateway.keep.journal import Journal
from gateway.keep.schema import connect, disk_source
from gateway.model import Entry, HouseSaid, Recorded
from tests.keep.auditing import SIGNER, TODAY, now_at
from tests.keep.facts import NOW

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence
    from pathlib import Path

    from gateway.keep.reading import Reader
    from gateway.model import Act, LineChanged, Outcome


# ---------------------------------------------------------------- a message


def row(**changed: object) -> AuditRow:
    facts = {
        "seq": 7, "utc": TODAY, "trusted": True, "who": Who("u-1", "王芳"), "what": "command.unlock", "subject": "b1u1-door",
        "reason": "快递", "result": "done", "body": {"reason": "快递"}, "erased": False, "kind": "command", "head": bytes(32),
    }  # fmt: skip
    return AuditRow(**{**facts, **changed})  # type: ignore[arg-type] # a test's facts


def test_a_message_is_of_rfc_5424() -> None:
    told = message(row(), 13, "xingfuli", simulated=False)

    header, _, text = told.partition(b"\xef\xbb\xbf")
    assert header.decode("ascii") == (
        "<109>1 2027-01-15T08:00:00.000Z xingfuli gridpost - command.unlock "
        f'[gridpost@32473 seq="7" kind="command" what="command.unlock" who="u-1" subject="b1u1-door" result="done" '
        f'head="{"0" * 64}"][timeQuality tzKnown="1" isSynced="1"] '
    )
    assert text.decode() == '{"reason":"快递"}'


def test_what_was_refused_is_a_warning_and_a_clock_that_is_not_believed_is_said() -> None:
    told = message(row(result="refused: role", trusted=False), 13, "x", simulated=True)

    assert told.startswith(b"<108>1 ")
    assert b'isSynced="0"' in told
    assert b'simulated="1"' in told


def test_values_cannot_break_out_of_the_structured_data() -> None:
    told = message(row(subject='a"] [evil x="\\', what="a b\n]", body={}), 13, "小区 1", simulated=False).decode()

    assert 'subject="a\\"\\] [evil x=\\"\\\\"' in told
    assert " ___1 gridpost - a_b__" not in told
    assert re.match(r"<109>1 \S+ \S+ gridpost - \S+ \[", told)


def test_a_long_body_is_cut_at_a_letter() -> None:
    told = message(row(body={"text": "长" * 9000}), 13, "x", simulated=False)

    assert LONGEST_BYTES - 3 <= len(told) <= LONGEST_BYTES
    told.decode()


@pytest.mark.parametrize(
    "wrong",
    [
        {"host": "log.lan", "transport": "udp"},
        {"host": "log.lan", "transport": "tcp"},
        {"host": "127.0.0.1", "transport": "tcp", "ca_file": "x.pem"},
        {"host": "log.lan", "cert_file": "x.pem"},
        {"host": "log.lan", "facility": 24},
    ],
)
def test_a_wrong_configuration_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        SyslogConfig.model_validate(wrong)


# ---------------------------------------------------------------- a server


class Server:
    """A syslog server over TLS, as strict as RFC 5425: every byte is a frame's length or its message."""

    def __init__(self, folder: Path) -> None:
        self.certificate = folder / "server.pem"
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(self.certificate, folder / "server.key")
        self.heard: list[str] = []
        self.port = 0
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self.connections = 0

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, ssl=self._context)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        for writer in list(self._writers):
            writer.transport.abort()
        await self._server.wait_closed()

    @property
    def seqs(self) -> list[int]:
        return [int(found[1]) for each in self.heard if (found := re.search(r' seq="(\d+)"', each))]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        self.connections += 1
        try:
            while True:
                length = await reader.readuntil(b" ")
                self.heard.append((await reader.readexactly(int(length))).decode("utf-8-sig"))
        except (asyncio.IncompleteReadError, OSError):
            pass
        finally:
            self._writers.discard(writer)
            writer.transport.abort()


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    _make_certificate(tmp_path)
    running = Server(tmp_path)
    await running.start()
    yield running
    await running.stop()


def _make_certificate(folder: Path) -> None:
    key = generate_private_key(SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "syslog of a test")])
    begin = datetime.now(UTC) - timedelta(days=1)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(begin)
        .not_valid_after(begin + timedelta(days=10))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, SHA256())
    )
    (folder / "server.pem").write_bytes(made.public_bytes(Encoding.PEM))
    (folder / "server.key").write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    )


class Box:
    """A journal with an outlet to a server."""

    def __init__(self, journal: Journal, records: Reader, outlet: SyslogOutlet, said: list[HouseSaid]) -> None:
        self.journal, self.records, self.outlet, self.said = journal, records, outlet, said

    async def write(self, count: int) -> None:
        for number in range(count):
            await self.journal.submit(Entry(NOW, (Recorded("permits", f"p{number}", {"reason": "入住"}, "u-1"),)))
            self.outlet.records_came()

    async def seqs(self) -> list[int]:
        return [each.seq for each in await self.records.log(0, 1000, "permits")]


@asynccontextmanager
async def box(folder: Path, config: SyslogConfig, *, simulated: bool = False) -> AsyncIterator[Box]:
    said: list[HouseSaid] = []
    folder.mkdir(exist_ok=True)
    async with Journal.open(folder, NOW) as journal:
        records = journal.reader()
        outlet = SyslogOutlet(
            config, records, journal, said.append, lambda: NOW, compound="xingfuli", simulated=simulated
        )
        running = asyncio.create_task(outlet.run())
        try:
            await until(lambda: simulated or journal.cursor(f"syslog:{config.target}") is not None)
            yield Box(journal, records, outlet, said)
        finally:
            running.cancel()
            await asyncio.wait([running])
            records.close()


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "GATHER_SECONDS", 0.01)
    monkeypatch.setattr(module, "SETTLE_SECONDS", 0.2)
    monkeypatch.setattr(module, "FIRST_SECONDS", 0.05)
    monkeypatch.setattr(module, "MOST_SECONDS", 0.1)


def over_tls(server: Server) -> SyslogConfig:
    return SyslogConfig(host="127.0.0.1", port=server.port, ca_file=server.certificate)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.01)


async def test_every_row_arrives_over_tls_in_order(tmp_path: Path, server: Server) -> None:
    async with box(tmp_path / "data", over_tls(server)) as here:
        await until(lambda: server.connections == 1)
        await here.write(250)
        expected = await here.seqs()
        await until(lambda: len(server.seqs) >= 250)

        assert server.seqs[-250:] == expected
        await until(lambda: here.outlet.standing.state is State.UP)
        assert "入住" in server.heard[-1]


async def test_an_outage_loses_nothing_and_a_restart_neither(tmp_path: Path, server: Server) -> None:
    async with box(tmp_path / "data", over_tls(server)) as here:
        await until(lambda: server.connections == 1)
        await here.write(20)
        await until(lambda: len(server.seqs) >= 20)
        await server.stop()
        await here.write(30)
        await until(lambda: here.outlet.standing.state is State.FAILING)
        await server.start()
        await here.write(5)
        expected = await here.seqs()
        await until(lambda: set(expected) <= set(server.seqs))
        await server.stop()
        await here.write(10)
        expected = await here.seqs()

    await server.start()
    async with box(tmp_path / "data", over_tls(server)):
        await until(lambda: set(expected) <= set(server.seqs))

    assert any(said.abnormal for said in here.said)


async def test_a_server_that_reads_nothing_never_holds_up_the_road(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        config = SyslogConfig(host="127.0.0.1", port=deaf.getsockname()[1], transport="tcp")
        async with box(tmp_path / "data", config) as here, asyncio.timeout(5):
            await here.write(300)


async def test_a_certificate_that_is_not_believed_is_said(tmp_path: Path, server: Server) -> None:
    stranger = SyslogConfig(host="127.0.0.1", port=server.port)
    async with box(tmp_path / "data", stranger) as here:
        await until(lambda: bool(here.said))

        assert "certificate is not believed" in here.said[0].why
        assert server.heard == []


def _server_context(folder: Path) -> ssl.SSLContext:
    _make_certificate(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem", folder / "server.key")
    return context


def _read_to_the_end(listening: socket.socket, context: ssl.SSLContext) -> None:
    """Serve one connection. Raises ssl.SSLEOFError where it ends without TLS saying so."""
    raw, _ = listening.accept()
    with raw, context.wrap_socket(raw, server_side=True, suppress_ragged_eofs=False) as caller:
        while caller.recv(4096):
            pass


async def test_tls_is_ended_in_order(tmp_path: Path) -> None:
    context = _server_context(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        config = SyslogConfig(host="127.0.0.1", port=listening.getsockname()[1], ca_file=tmp_path / "server.pem")
        reading = asyncio.create_task(asyncio.to_thread(_read_to_the_end, listening, context))
        async with box(tmp_path / "data", config) as here:
            await until(lambda: here.outlet.standing.state is State.UP)

        await reading


def _refuse(listening: socket.socket, context: ssl.SSLContext) -> None:
    """Say no to one who has no certificate, as OpenSSL's servers do: asyncio's would hang up without an alert."""
    raw, _ = listening.accept()
    with raw, context.wrap_socket(raw, server_side=True, do_handshake_on_connect=False) as caller:
        with suppress(ssl.SSLError):
            caller.do_handshake()
        with socket.socket(fileno=caller.detach()) as told:
            told.shutdown(socket.SHUT_WR)
            while told.recv(4096):
                pass


async def test_a_server_that_wants_a_certificate_of_ours_is_never_called_reached(tmp_path: Path) -> None:
    context = _server_context(tmp_path)
    context.load_verify_locations(tmp_path / "server.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    with socket.create_server(("127.0.0.1", 0)) as listening:
        config = SyslogConfig(host="127.0.0.1", port=listening.getsockname()[1], ca_file=tmp_path / "server.pem")
        refusing = asyncio.create_task(asyncio.to_thread(_refuse, listening, context))
        async with box(tmp_path / "data", config) as here:
            await here.write(3)
            await until(lambda: bool(here.said))

            assert "it refuses us: tlsv13 alert certificate required;" in here.said[0].why
            assert here.outlet.standing.records == 0
        await refusing


async def test_a_server_that_is_back_is_said_to_be_also_where_nothing_happens(tmp_path: Path, server: Server) -> None:
    async with box(tmp_path / "data", over_tls(server)) as here:
        await until(lambda: here.outlet.standing.state is State.UP)
        await server.stop()
        await until(lambda: here.outlet.standing.state is State.FAILING)
        await server.start()

        await until(lambda: here.outlet.standing.state is State.UP)

        assert [said.abnormal for said in here.said] == [False, True, False]


async def test_udp_on_loopback(tmp_path: Path) -> None:
    heard: list[bytes] = []

    class Listener(asyncio.DatagramProtocol):
        def datagram_received(self, data: bytes, _address: object) -> None:
            heard.append(data)

    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(Listener, ("127.0.0.1", 0))
    port = transport.get_extra_info("sockname")[1]
    async with box(tmp_path / "data", SyslogConfig(host="127.0.0.1", port=port, transport="udp")) as here:
        await here.write(3)
        await until(lambda: len(heard) >= 3)
    transport.close()
    await asyncio.sleep(0)

    assert heard[0].startswith(b"<109>1 ")


async def test_a_simulated_compound_stays_on_the_box(tmp_path: Path) -> None:
    async with box(tmp_path / "data", SyslogConfig(host="192.0.2.1"), simulated=True) as here:
        await until(lambda: here.outlet.standing.state is State.REFUSED)


# ---------------------------------------------------------------- the head


class Road:
    """Takes acts, and says of each that it was told to somebody."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.acts: list[TellHead] = []

    async def act(self, act: Act) -> Sequence[Outcome]:
        assert isinstance(act, TellHead)
        self.acts.append(act)
        return ()

    @property
    def told(self) -> int:
        return len(self.acts)

    def line_changed(self, changed: LineChanged) -> None:
        raise AssertionError(changed)

    def tell(self, made_utc: float, sent: float | None) -> None:
        with closing(connect(disk_source(self.path))) as connection:
            (seq,) = connection.execute("SELECT max(seq) FROM log").fetchone()
            row = (seq, len(self.acts), HEAD_SUBJECT, "sent" if sent else "failed", "", sent, made_utc)
            connection.execute(
                "INSERT OR REPLACE INTO notices VALUES (?, ?, ?, ?, ?, ?, ?, json_object('made_utc', ?))",
                (*row, made_utc),
            )


async def test_the_head_leaves_daily_and_its_silence_is_an_alarm(tmp_path: Path) -> None:
    at = TODAY  # 16:00 in Shanghai
    said: list[HouseSaid] = []
    road = Road(tmp_path / "journal.db")
    async with Journal.open(tmp_path, now_at(at)) as journal:
        records = journal.reader()
        teller = HeadTeller(
            HeadConfig(to=("zhang",)), ("person:zhang",), journal=journal, records=records, signer=SIGNER, road=road,
            say=said.append, zone=lambda: ZoneInfo("Asia/Shanghai"), clock=lambda: now_at(at),
        )  # fmt: skip

        await teller.attend()
        road.tell(at, at)
        await teller.attend()
        assert road.told == 1, "once a day"

        at += 15 * 3600  # 07:00
        await teller.attend()
        assert road.told == 1
        at += 2 * 3600  # 09:00
        await teller.attend()
        assert [act.to for act in road.acts] == [("person:zhang",)] * 2
        road.tell(at, None)
        at += 40 * 3600
        await teller.attend()
        late = [each.abnormal for each in said]

        road.tell(at, at)
        await teller.attend()
        assert late == [False] * 4 + [True]
        assert not said[-1].abnormal
        with closing(journal.connect()) as connection:
            assert [each.body["what"] for each in checkpoints(connection)] == ["head"]
        records.close()
