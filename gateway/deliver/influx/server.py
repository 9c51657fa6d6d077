"""One InfluxDB: bytes to it, its answer back. The one file that knows the client library and the dialects."""

from __future__ import annotations

import asyncio
import base64
import os
import ssl
from typing import TYPE_CHECKING, Self

import aiohttp
from influxdb_client.client.influxdb_client_async import InfluxDBClientAsync

from drivers.secret import SecretMissing
from gateway.deliver.influx.answer import answer

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from gateway.deliver.influx.answer import Answer
    from gateway.deliver.influx.config import InfluxConfig

ANSWER_LIMIT_BYTES = 4 * 1024 * 1024
"""As much of an answer is read: four times the largest request, because InfluxDB quotes the lines that it refuses."""

AT_ONCE_BYTES = 16 * 1024
"""A longer answer is read in a thread: the event loop is not to stand still for it."""

_LINES = "text/plain; charset=utf-8"


class NoAnswer(Exception):
    """Nothing came back: the lines may be stored or not. `broke` says that the connection was lost on the way."""

    def __init__(self, why: str, *, broke: bool) -> None:
        super().__init__(why)
        self.broke = broke


class Unusable(Exception):
    """What is written about the server cannot be used, as a sentence: a missing secret, a certificate not believed."""


class Server:
    """An open client. `async with` reads the secrets, so that a changed one is taken the next time.

    The requests go through the client's own asynchronous REST layer and not through its write API: that one knows no
    `/write` of 1.x, joins what is joined already, reads an answer of any size into memory and follows redirections,
    which would hand the token to wherever they lead. Its batching writer loses data and is not used at all.
    """

    def __init__(self, config: InfluxConfig, utc: Callable[[], float]) -> None:
        self._config = config
        self._utc = utc
        self._secrets: tuple[str, ...] = ()

    async def __aenter__(self) -> Self:
        """Raises `Unusable`."""
        config = self._config
        try:
            self._headers, context = await asyncio.to_thread(self._read_files)
        except (SecretMissing, OSError, ssl.SSLError) as error:
            raise Unusable(f"{error}{_about_file(config, error)}") from error
        self._client = InfluxDBClientAsync(
            config.url,
            timeout=aiohttp.ClientTimeout(total=config.timeout_seconds),
            ssl_context=context,
            allow_redirects=False,
            client_session_kwargs={
                "cookie_jar": aiohttp.DummyCookieJar(),
                "auto_decompress": False,  # a few kilobytes can become gigabytes
            },
        )
        self._url, self._query = _address(config)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.close()  # type: ignore[no-untyped-call] # the library says no types here

    async def write(self, body: bytes) -> Answer:
        """Write lines; returns what the server said, whatever it was.

        Raises `NoAnswer` when it said nothing in time, `Unusable` when its certificate is not believed.
        """
        try:
            response = await self._client.api_client.rest_client.POST(  # type: ignore[no-untyped-call] # nor here
                self._url, headers=self._headers, query_params=self._query, body=body, _preload_content=False
            )
            async with response:
                said = b"" if response.status == 204 else await _read(response)  # noqa: PLR2004 - No Content
        except TimeoutError as error:
            raise NoAnswer(f"no answer within {self._config.timeout_seconds:g} s", broke=False) from error
        except aiohttp.ClientSSLError as error:
            raise Unusable(
                f"its certificate is not believed ({_why(error)}): name its authority as `ca_file`"
            ) from error
        except aiohttp.ClientConnectorError as error:
            raise NoAnswer(_unreachable(error), broke=False) from error
        except (aiohttp.ClientError, OSError) as error:
            raise NoAnswer(f"the connection broke ({_why(error)})", broke=True) from error
        said = self._without_secrets(said)
        if len(said) <= AT_ONCE_BYTES:
            return answer(response.status, response.headers, said, self._utc())
        return await asyncio.to_thread(answer, response.status, response.headers, said, self._utc())

    def _read_files(self) -> tuple[dict[str, str], ssl.SSLContext]:
        """The headers of every request, and what is believed. Not for the event loop."""
        compressed = {"Content-Encoding": "gzip"} if self._config.gzip else {}
        headers = {"Content-Type": _LINES, "Accept-Encoding": "identity", **compressed, **self._credentials()}
        return headers, _tls(self._config)

    def _credentials(self) -> dict[str, str]:
        """The header that says who writes. Raises SecretMissing."""
        config = self._config
        if config.password is not None:
            password = config.password.read()
            pair = base64.b64encode(f"{config.username}:{password}".encode()).decode()
            self._secrets = password, pair
            return {"Authorization": f"Basic {pair}"}
        if config.token is not None:
            token = config.token.read()
            self._secrets = (token,)
            return {"Authorization": f"{'Bearer' if config.dialect == 'v3' else 'Token'} {token}"}
        return {}

    def _without_secrets(self, said: bytes) -> bytes:
        """A server that repeats what it was sent must not bring a secret into a log."""
        for secret in self._secrets:
            said = said.replace(secret.encode(), b"***")
        return said


def _address(config: InfluxConfig) -> tuple[str, dict[str, str]]:
    """Where a write goes, always with an explicit precision.

    v3 is reached by its v2 address, which Core, Enterprise and the clouds have alike; the parameters of its native
    `/api/v3/write_lp` changed between releases. There it says which lines it refused, as the native one does.
    """
    base = config.url.rstrip("/")
    match config.dialect:
        case "v1":
            policy = {"rp": config.retention_policy} if config.retention_policy else {}
            return f"{base}/write", {"db": config.database, **policy, "precision": "ns"}
        case "v2":
            return f"{base}/api/v2/write", {"bucket": config.bucket, "org": config.org, "precision": "ns"}
        case "v3":
            return f"{base}/api/v2/write", {"bucket": config.database, "precision": "ns"}


def _tls(config: InfluxConfig) -> ssl.SSLContext:
    """Whose certificates are believed."""
    context = ssl.create_default_context(cafile=config.ca_file)
    if not config.verify_tls:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


async def _read(response: aiohttp.ClientResponse) -> bytes:
    said = bytearray()
    try:
        while len(said) < ANSWER_LIMIT_BYTES and (some := await response.content.readany()):
            said += some
    except aiohttp.ClientPayloadError:  # shorter than it said, or not as compressed as it said: the status holds
        pass
    return bytes(said[:ANSWER_LIMIT_BYTES])


def _why(error: BaseException) -> str:
    return str(error).strip() or type(error).__name__


def _unreachable(error: aiohttp.ClientConnectorError) -> str:
    """In the words of the system: "Connection refused", "Name or service not known"."""
    number = error.os_error.errno
    return os.strerror(number) if number and number > 0 else error.os_error.strerror or _why(error)


def _about_file(config: InfluxConfig, error: Exception) -> str:
    return "" if isinstance(error, SecretMissing) else f" (`ca_file` {config.ca_file})"
