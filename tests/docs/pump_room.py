"""The device of docs/add-a-profile.md on pyModbusTCP. Prints its port; ends when its standard input does."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from pyModbusTCP.constants import EXP_DATA_ADDRESS, EXP_DATA_VALUE, EXP_NONE
from pyModbusTCP.server import DataHandler, DeviceIdentification, ModbusServer

DEVICE = json.loads(Path(__file__).with_name("pump_room.json").read_text(encoding="utf-8"))


class PumpRoom(DataHandler):  # type: ignore[misc]  # pyModbusTCP has no type information
    """A map with gaps, which answers at most 20 registers at once."""

    def read_h_regs(self, address: int, count: int, srv_info: Any) -> Any:  # noqa: ARG002  # pyModbusTCP's signature
        if count > DEVICE["max_registers"]:
            return DataHandler.Return(exp_code=EXP_DATA_VALUE)
        return self._read(DEVICE["holding"], address, count)

    def read_d_inputs(self, address: int, count: int, srv_info: Any) -> Any:  # noqa: ARG002  # pyModbusTCP's signature
        return self._read(DEVICE["discrete"], address, count)

    def _read(self, table: dict[str, int], address: int, count: int) -> Any:
        values = [table.get(str(at)) for at in range(address, address + count)]
        if None in values:
            return DataHandler.Return(exp_code=EXP_DATA_ADDRESS)
        return DataHandler.Return(exp_code=EXP_NONE, data=values)


def main() -> None:
    vendor, product, revision = (text.encode() for text in DEVICE["identification"])
    server = ModbusServer(
        host="127.0.0.1",
        port=0,
        no_block=True,
        data_hdl=PumpRoom(),
        device_id=DeviceIdentification(vendor_name=vendor, product_code=product, major_minor_revision=revision),
    )
    server.start()
    print(server._service.server_address[1], flush=True)  # noqa: T201  # its only way to tell the port
    sys.stdin.read()


if __name__ == "__main__":
    main()
