"""Which receiver hears by what: an adapter of this box by BlueZ, a proxy on the network by its native API."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drivers.contract import Misconfigured

if TYPE_CHECKING:
    from drivers.ble.config import Receiver
    from drivers.ble.source import AdvertSource, Clock


def make_source(receiver: Receiver, clock: Clock) -> AdvertSource:
    """The source of one receiver; touches no network before it runs.

    Raises Misconfigured for a proxy when the library for proxies is not installed.
    """
    if receiver.adapter:
        from drivers.ble.bluez import BlueZSource

        return BlueZSource(receiver.id, receiver.adapter, clock)
    try:
        from drivers.ble.esphome import EsphomeProxySource
    except ModuleNotFoundError as missing:
        raise Misconfigured(
            f"{receiver.id}: ESPHome proxies need the package {missing.name}: pip install gridpost[proxy]"
        ) from missing
    host, _, port = receiver.proxy.rpartition(":")
    return EsphomeProxySource(receiver.id, host.strip("[]"), int(port), receiver.key, clock)
