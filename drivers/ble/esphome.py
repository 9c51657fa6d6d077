"""An ESPHome Bluetooth proxy: a small radio on the network that hands over every advertisement, by ESPHome's native API.

aioesphomeapi is given addresses only. A name it would also ask for by multicast DNS, on every network of the box; here the
box's own resolver is asked, and only for what is not an address.
"""

from __future__ import annotations

import asyncio
import base64
import ipaddress
import socket
from typing import TYPE_CHECKING, Any, Final, NoReturn

from aioesphomeapi.client import APIClient
from aioesphomeapi.core import (
    APIConnectionError,
    EncryptionPlaintextAPIError,
    InvalidAuthAPIError,
    InvalidEncryptionKeyAPIError,
    RequiresEncryptionAPIError,
)
from aioesphomeapi.model import BluetoothProxyFeature

from drivers.ble.advertising_data import bthome_data
from drivers.ble.hearing import Hearing, Times
from drivers.ble.source import Advert
from drivers.contract import LineLost, Misconfigured
from drivers.secret import SecretMissing

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from aioesphomeapi.api_pb2 import BluetoothLERawAdvertisementsResponse  # type: ignore[attr-defined]  # made by protobuf

    from drivers.ble.source import Clock, Ears
    from drivers.secret import Secret

_KEEP_ALIVE_SECONDS: Final = 15.0
"""A proxy that has said nothing for so long is asked whether it lives, which also keeps the path through routers open."""

_ADDRESSES: Final = range(1 << 48)
_RSSI: Final = range(-126, 21)
"""What the Core Specification lets a controller say (volume 4, part E, 7.7.65.2), without its 127 and our -127 for none."""

_KEY_BYTES: Final = 32
"""Of a pre-shared key of Noise (The Noise Protocol Framework, revision 34, 9)."""

_NEEDS_A_PERSON: Final = (
    EncryptionPlaintextAPIError,
    InvalidAuthAPIError,
    InvalidEncryptionKeyAPIError,
    RequiresEncryptionAPIError,
)


class EsphomeProxySource:
    """One proxy, connected until cancelled. Implements `drivers.ble.source.AdvertSource`.

    `key` is where the proxy's API encryption key is; None for a proxy that speaks in clear. It is read at each connection.
    """

    def __init__(
        self, receiver: str, host: str, port: int, key: Secret | None, clock: Clock, times: Times | None = None
    ) -> None:
        self._host = host
        self._port = port
        self._where = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        self._key = key
        self._clock = clock
        self._hearing = Hearing(
            receiver,
            f"proxy {self._where} is connected, but hands over nothing: it is deaf, or serves another program",
            times or Times(),
        )

    async def run(self, ears: Ears, /) -> NoReturn:
        """Stay connected until cancelled."""
        await self._hearing.keep(ears, self._listen)

    def statistics(self) -> dict[str, float]:
        """Adverts of BTHome devices and of others, and connections after the first."""
        return self._hearing.statistics()

    async def _listen(self) -> NoReturn:
        client = APIClient(
            self._host,
            self._port,
            addresses=await self._addresses(),
            client_info="gridpost",
            keepalive=_KEEP_ALIVE_SECONDS,
            noise_psk=self._noise_key(),
            provide_time=False,
        )
        gone = asyncio.Event()

        async def on_stop(_expected: bool) -> None:  # noqa: FBT001 - called so by aioesphomeapi
            gone.set()

        try:
            await self._connect(client, on_stop)
            client.subscribe_bluetooth_le_raw_advertisements(self._received)
            ended = await self._hearing.until_silent(gone)
            raise LineLost(f"proxy {self._where} ended the connection") if ended else self._hearing.deaf()
        except _NEEDS_A_PERSON as error:
            raise Misconfigured(_cure(error)) from error
        except APIConnectionError as error:
            raise LineLost(f"proxy {self._where} is not to be had: {_reason(error)}") from error
        except TimeoutError as error:
            raise LineLost(f"proxy {self._where} does not answer") from error
        finally:
            client.force_disconnect()

    async def _connect(self, client: APIClient, on_stop: Callable[[bool], Coroutine[Any, Any, None]]) -> None:
        """Connect, log in and see that it is a proxy."""
        async with asyncio.timeout(self._hearing.times.begin_seconds):
            await client.connect(on_stop, login=True, log_errors=False)
            told = await client.device_info()
        version = client.api_version
        if version is None:
            raise APIConnectionError("it ended the connection")
        if not told.bluetooth_proxy_feature_flags_compat(version) & BluetoothProxyFeature.RAW_ADVERTISEMENTS:
            raise Misconfigured(f"{self._where} is no Bluetooth proxy: its ESPHome configuration lacks bluetooth_proxy")

    async def _addresses(self) -> list[str]:
        try:
            return [str(ipaddress.ip_address(self._host))]
        except ValueError:
            pass
        try:
            async with asyncio.timeout(self._hearing.times.begin_seconds):
                found = await asyncio.get_running_loop().getaddrinfo(self._host, self._port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError, TimeoutError) as error:
            raise LineLost(f"the name {self._host} leads to no address; an address always works") from error
        return [str(entry[4][0]) for entry in found]

    def _noise_key(self) -> str | None:
        if self._key is None:
            return None
        try:
            key = self._key.read()
            if len(base64.b64decode(key, validate=True)) == _KEY_BYTES:
                return key
        except SecretMissing as missing:
            raise Misconfigured(f"the key of proxy {self._where}: {missing}") from missing
        except ValueError:
            pass
        raise Misconfigured(f"the key of proxy {self._where} is not {_KEY_BYTES} bytes in base64")

    def _received(self, batch: BluetoothLERawAdvertisementsResponse) -> None:
        received_ns = self._clock()
        adverts = []
        others = 0
        for heard in batch.advertisements:
            data = bthome_data(heard.data)
            if data is not None and (address := heard.address) in _ADDRESSES:
                rssi = heard.rssi
                adverts.append(Advert(address, rssi if rssi in _RSSI else 0, data, received_ns))
            else:
                others += 1
        if adverts or others:
            self._hearing.heard(adverts, others)


def _cure(error: Exception) -> str:
    match error:
        case RequiresEncryptionAPIError():
            return "it is encrypted: give its API encryption key"
        case EncryptionPlaintextAPIError():
            return "it speaks in clear: take the key away, or put the key into its ESPHome configuration"
        case InvalidAuthAPIError():
            return "it asks for a password, which ESPHome has given up: set an API encryption key there and here"
        case _:
            return "its key is refused: it must be the API encryption key of its ESPHome configuration"


def _reason(error: Exception) -> str:
    """What the operating system says of it, where it says something; else what sort of failure the library calls it."""
    at: BaseException | None = error
    while at is not None:
        if isinstance(at, OSError) and at.strerror:
            return at.strerror
        at = at.__cause__
    return type(error).__name__.removesuffix("APIError")
