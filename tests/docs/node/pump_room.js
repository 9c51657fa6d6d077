// The device of docs/add-a-profile.md on modbus-serial. Prints its port; ends when its standard input does.
"use strict";

const { ServerTCP } = require("modbus-serial");

const device = require("../pump_room.json");

const ILLEGAL_ADDRESS = 2;
const ILLEGAL_VALUE = 3;

function refuse(code) {
  throw Object.assign(new Error(`exception ${code}`), { modbusErrorCode: code });
}

function at(table, address) {
  return address in table ? table[address] : refuse(ILLEGAL_ADDRESS);
}

const server = new ServerTCP(
  {
    getHoldingRegister: (address) => at(device.holding, address),
    getMultipleHoldingRegisters: (address, count) =>
      count > device.max_registers
        ? refuse(ILLEGAL_VALUE)
        : Array.from({ length: count }, (_, index) => at(device.holding, address + index)),
    getDiscreteInput: (address) => Boolean(at(device.discrete, address)),
    readDeviceIdentification: () => ({ ...device.identification }),
  },
  // port 0 would be taken for "none given"; as a text it reaches the system, which picks a free one
  { host: "127.0.0.1", port: "0", unitID: 1 },
);

server.on("initialized", () => console.log(server._server.address().port));
process.stdin.on("end", () => process.exit(0)).resume();
