// An SMSC made of the npm package `smpp`, played by a test: commands as JSON lines on standard input, events on output.
const fs = require("fs");
const path = require("path");
const smpp = require(require.resolve("smpp", { paths: [path.join(process.argv[2], "node_modules")] }));

const say = (event) => process.stdout.write(JSON.stringify(event) + "\n");
const sessions = new Set();
const unkept = new Map(), receipts = [];
let port = 0, server = null, ids = 0, deliveries = 0;

// What becomes of the next submissions, a line each: a file, since standard input may come later than a submission.
function nextFault() {
  const [fault, ...rest] = fs.readFileSync(process.argv[3], "utf8").split("\n");
  fs.writeFileSync(process.argv[3], rest.join("\n"));
  return fault;
}

function report(session, pdu, id) {
  session.deliver_sm({
    esm_class: smpp.ESM_CLASS.MC_DELIVERY_RECEIPT, source_addr: pdu.destination_addr, source_addr_ton: 1,
    destination_addr: pdu.source_addr,
    short_message: `id:${id} sub:001 dlvrd:001 submit date:2611221200 done date:2611221200 stat:DELIVRD err:000 text:`,
  });
}

function deliver(session, number, mail) {
  session.deliver_sm({ source_addr: mail.from, source_addr_ton: 1, source_addr_npi: 1, destination_addr: mail.to,
    short_message: mail.text }, (answer) => {
    if (answer.command_status === 0) { unkept.delete(number); say({ event: "kept" }); }
    else setTimeout(() => sessions.has(session) && deliver(session, number, mail), 100);
  });
}

function serve(session) {
  session.on("error", () => {});
  session.on("close", () => sessions.delete(session));
  session.on("bind_transceiver", (pdu) => {
    if (pdu.system_id !== "clerkd" || pdu.password !== "secret") {
      return session.send(pdu.response({ command_status: smpp.ESME_RINVPASWD }));
    }
    session.send(pdu.response());
    sessions.add(session);
    while (receipts.length) report(session, ...receipts.shift());
    for (const [number, mail] of unkept) deliver(session, number, mail);
  });
  session.on("enquire_link", (pdu) => session.send(pdu.response()));
  session.on("submit_sm", (pdu) => {
    const fault = nextFault();
    if (fault === "refused") return session.send(pdu.response({ command_status: smpp.ESME_RINVDSTADR }));
    if (fault === "throttled") return session.send(pdu.response({ command_status: smpp.ESME_RTHROTTLED }));
    const id = (++ids).toString(16).padStart(8, "0");
    const udh = (pdu.short_message.udh || []).map((one) => Buffer.from(one).toString("hex"));
    say({ event: "submit", from: pdu.source_addr, to: pdu.destination_addr, text: pdu.short_message.message, udh,
      data_coding: pdu.data_coding, registered_delivery: pdu.registered_delivery, id });
    if (fault === "lost") {
      receipts.push([pdu, id]);
      return session.destroy();
    }
    session.send(pdu.response({ message_id: id }));
    if (pdu.registered_delivery) report(session, pdu, id);
  });
}

function start() {
  server = smpp.createServer({}, serve);
  server.listen(port, "127.0.0.1", () => { port = server.address().port; say({ event: "listening", port }); });
}

const doing = {
  deliver: (command) => {
    unkept.set(++deliveries, command);
    for (const session of sessions) deliver(session, deliveries, command);
  },
  stop: () => { for (const session of sessions) session.destroy(); server.close(() => say({ event: "stopped" })); },
  start,
};
require("readline").createInterface({ input: process.stdin }).on("line", (line) => {
  const command = JSON.parse(line);
  doing[command.do](command);
}).on("close", () => process.exit(0));
start();
