// A charge point of another hand (ocpp-rpc), in strict mode: every message of both sides is checked against the schemas of
// OCPP 1.6. It says what happened as lines of JSON, and does what it is told by lines on its standard input.

const readline = require("node:readline");
const { RPCClient } = require("ocpp-rpc");

const [endpoint, identity, password] = process.argv.slice(2);
const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
const now = () => new Date().toISOString();
let running = 0;

const client = new RPCClient({ endpoint, identity, password, protocols: ["ocpp1.6"], strictMode: true, reconnect: false });

client.handle("RemoteStopTransaction", ({ params }) => {
  if (params.transactionId !== running) return { status: "Rejected" };
  setImmediate(() => stop("Remote"));
  return { status: "Accepted" };
});
client.handle("RemoteStartTransaction", ({ params }) => {
  setImmediate(() => start(params.idTag));
  return { status: "Accepted" };
});
client.handle("ChangeAvailability", () => ({ status: "Accepted" }));
client.handle("GetConfiguration", () => ({
  configurationKey: [{ key: "MeterValueSampleInterval", readonly: false, value: "60" }],
  unknownKey: [],
}));
client.handle("ChangeConfiguration", () => ({ status: "Accepted" }));
client.handle("TriggerMessage", ({ params }) => {
  if (params.requestedMessage !== "MeterValues") return { status: "NotImplemented" };
  setImmediate(() => measure("0.0"));
  return { status: "Accepted" };
});
client.on("strictValidationFailure", (event) => say({ wrong: String(event.error) }));
client.on("badMessage", (event) => say({ bad: String(event.error) }));

const status = (word) =>
  client.call("StatusNotification", { connectorId: 1, errorCode: "NoError", status: word, timestamp: now() });

const measure = (amperes) =>
  client.call("MeterValues", {
    connectorId: 1,
    ...(running ? { transactionId: running } : {}),
    meterValue: [
      {
        timestamp: now(),
        sampledValue: [
          { value: amperes, measurand: "Current.Import", unit: "A", context: "Sample.Periodic" },
          { value: "220.5", measurand: "Voltage", unit: "V" },
          { value: "1200" },
        ],
      },
    ],
  });

async function start(idTag) {
  await status("Preparing");
  const begun = await client.call("StartTransaction", { connectorId: 1, idTag, meterStart: 1000, timestamp: now() });
  running = begun.transactionId;
  await status("Charging");
  await measure("10.0");
  say({ started: running, status: begun.idTagInfo.status });
}

async function stop(reason) {
  const transactionId = running;
  running = 0;
  await client.call("StopTransaction", { transactionId, meterStop: 1500, timestamp: now(), reason });
  await status("Available");
  say({ stopped: transactionId });
}

async function replay() {
  const at = (hours) => new Date(Date.now() - hours * 3600000).toISOString();
  const begun = await client.call("StartTransaction", { connectorId: 1, idTag: "TAG1", meterStart: 100, timestamp: at(3) });
  await client.call("MeterValues", {
    connectorId: 1,
    transactionId: begun.transactionId,
    meterValue: [{ timestamp: at(2), sampledValue: [{ value: "28.0", measurand: "Current.Import" }] }],
  });
  await client.call("StopTransaction", { transactionId: begun.transactionId, meterStop: 900, timestamp: at(1) });
  say({ replayed: begun.transactionId });
}

async function main() {
  await client.connect();
  const booted = await client.call("BootNotification", { chargePointVendor: "ocpp-rpc", chargePointModel: "node" });
  await client.call("Heartbeat", {});
  await status("Available");
  const allowed = await client.call("Authorize", { idTag: "TAG1" });
  say({ booted: booted.status, authorized: allowed.idTagInfo.status });
}

const told = { start: () => start("TAG1"), replay, end: () => client.close().then(() => process.exit(0)) };
const failed = (error) => {
  say({ failed: String(error) });
  process.exit(1);
};
readline
  .createInterface({ input: process.stdin })
  .on("line", (line) => told[line]().catch(failed))
  .on("close", () => process.exit(0));
main().catch(failed);
