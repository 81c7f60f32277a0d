// A terminal on npm's "smartcard" package. Reads one order a line, answers with one line: "open" (ATR and protocol),
// "close", or a command in hex (what card.transmit gives). With the argument "auto" 61xx and 6Cxx are the package's.
const { createInterface } = require("node:readline");
const { Context, SCARD_PROTOCOL_T0, SCARD_PROTOCOL_T1, SCARD_SHARE_SHARED, SCARD_UNPOWER_CARD, wrapCard } =
  require("smartcard");

const options = { autoGetResponse: process.argv[2] === "auto" };
const context = new Context();
let card = null;

async function obey(order) {
  if (order === "open") {
    const [reader] = context.listReaders();
    card = wrapCard(await reader.connect(SCARD_SHARE_SHARED, SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1));
    return `${hex(card.getStatus().atr)} ${card.protocol === SCARD_PROTOCOL_T1 ? "T=1" : "T=0"}`;
  }
  if (order === "close") {
    card.disconnect(SCARD_UNPOWER_CARD);
    return "closed";
  }
  return hex(await card.transmit(Buffer.from(order, "hex"), options));
}

function hex(bytes) {
  return bytes.toString("hex").toUpperCase();
}

async function main() {
  for await (const order of createInterface({ input: process.stdin })) {
    try {
      console.log(await obey(order.trim()));
    } catch (error) {
      console.log(`error: ${error.message}`);
    }
  }
  context.close();
}

main();
