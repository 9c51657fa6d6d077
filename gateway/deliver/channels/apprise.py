"""Messages by Apprise, which blocks: each goes in a thread of its own, with a limit, and few of them at a time.

The threads are daemons. A service that never answers must not hold up the end of the process.
"""

from __future__ import annotations

import asyncio
import threading
from enum import Enum
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from gateway.deliver.channels import keys
from gateway.deliver.channels.contract import ChannelDown, ChannelRefused, Kind, Limits, Receipt
from gateway.deliver.channels.web import with_link

if TYPE_CHECKING:
    from gateway.deliver.channels.apprise_config import AppriseConfig
    from gateway.deliver.channels.contract import ChannelWiring, Inbound, Message

LIMIT_SECONDS: Final = 14.0
MOST_THREADS: Final = 3
"""Of one channel. While as many are stuck, nothing more is begun."""


class _Came(Enum):
    TAKEN = "taken"
    NOT_TAKEN = "not taken"
    UNKNOWN = "unknown address"


class ByApprise:
    """The channel."""

    kind = Kind.OTHER
    group = False

    def __init__(self, config: AppriseConfig, _wiring: ChannelWiring) -> None:
        self.id = config.id
        self.limits = Limits(config.per_minute, config.per_minute / 3, longest_bytes=config.longest_bytes)
        self._config = config
        self._threads: list[threading.Thread] = []

    async def send(self, message: Message) -> Receipt:
        """Hand over one message."""
        address = keys.read(self._config.address).replace("{to}", quote(message.to[0].to, safe="@+"))
        text = with_link(message, self._config.longest_bytes)
        self._threads = [thread for thread in self._threads if thread.is_alive()]
        if len(self._threads) >= MOST_THREADS:
            raise ChannelDown(f"{MOST_THREADS} messages hang in Apprise already")
        loop = asyncio.get_running_loop()
        sent: asyncio.Future[_Came] = loop.create_future()

        def tell(came: _Came) -> None:
            if not sent.done():
                sent.set_result(came)

        def in_thread() -> None:
            came = _notify(address, message.title, text)
            try:
                loop.call_soon_threadsafe(tell, came)
            except RuntimeError:  # the loop ended before the service answered
                return

        thread = threading.Thread(target=in_thread, name=f"apprise {self.id}", daemon=True)
        self._threads.append(thread)
        thread.start()
        try:
            async with asyncio.timeout(LIMIT_SECONDS):
                came = await sent
        except TimeoutError:
            raise ChannelDown(f"no answer within {LIMIT_SECONDS:.0f} s") from None
        if came is _Came.UNKNOWN:
            raise ChannelRefused("Apprise does not know such an address")
        if came is not _Came.TAKEN:
            raise ChannelDown("Apprise could not hand it over; it does not say why")
        return Receipt()

    async def run(self, inbound: Inbound) -> None:  # noqa: ARG002 - nothing comes back
        """Nothing goes on beside sending."""
        await asyncio.Event().wait()


def _notify(address: str, title: str, text: str) -> _Came:
    """Hand over, in a thread. Its import alone takes a second."""
    try:
        from apprise import Apprise

        service = Apprise()
        if not service.add(address):
            return _Came.UNKNOWN
        return _Came.TAKEN if service.notify(body=text, title=title) else _Came.NOT_TAKEN
    except Exception:  # noqa: BLE001 - a plugin among a hundred may raise whatever it likes
        return _Came.NOT_TAKEN
