// A few words about each line of the trace, for those who do not read 27.005 for pleasure.

const TO_MODEM = [
  [/^AT\+CMGS=/i, "send a short message of so many octets"],
  [/^AT\+CMGR=/i, "read the message in this slot"],
  [/^AT\+CMGD=/i, "it is kept in the store: forget it"],
  [/^AT\+CMGL/i, "list what waits on the SIM"],
  [/^AT\+CNMA/i, "acknowledge what was received"],
  [/^AT\+CNMI=/i, "announce what arrives"],
  [/^AT\+CPMS/i, "which memory to use"],
  [/^AT\+CMGF=/i, "PDU mode"],
  [/^AT\+CMMS/i, "more follow: keep the radio link"],
  [/^AT\+CSQ/i, "how strong is the signal?"],
  [/^AT\+C(E|G)?REG/i, "is the SIM registered?"],
  [/^AT\+COPS/i, "which network?"],
  [/^AT\+CPIN/i, "does the SIM want a PIN?"],
  [/^AT\+CMEE/i, "errors with their numbers"],
  [/^AT\+CSMS/i, "which message service?"],
  [/^AT\+CSCS/i, "character set"],
  [/^AT\+CG(MI|MM|MR|SN)/i, "who are you?"],
  [/^AT\+CCID|^AT\+ICCID|^AT\+CIMI/i, "which SIM?"],
  [/^AT\+CLIP/i, "show who rings"],
  [/^AT\+CHUP|^ATH/i, "hang up"],
  [/^ATE0/i, "no echo"],
  [/^ATZ|^AT&F/i, "back to the defaults"],
  [/^AT$/i, "are you there?"],
  [/^[0-9A-F]{20,}/i, "the message itself"],
  [/^ESC$/, "never mind"],
];

const FROM_MODEM = [
  [/^\+CMTI:/, "a message arrived in this slot"],
  [/^\+CMT:/, "a message arrives"],
  [/^\+CDSI:|^\+CDS:/, "a delivery report arrived"],
  [/^\+CMGS:/, "the network took it, under this reference"],
  [/^\+CMGR:/, "the message, as it came over the air"],
  [/^\+CMS ERROR/, "the network or the SIM refuses"],
  [/^\+CME ERROR/, "the modem refuses"],
  [/^\+CSQ:/, "0 to 31; 99 is unknown"],
  [/^\+C(E|G)?REG:/, "1 home, 5 roaming"],
  [/^\+CPIN:/, "state of the SIM"],
  [/^>/, "ready for the message"],
  [/^RING/, "somebody calls"],
  [/^[0-9A-F]{20,}$/, "SMSC and TPDU"],
];

/** Return what a line means, or nothing. */
export function explain(line) {
  if (line.note) return line.note;
  const table = line.dir === "tx" ? TO_MODEM : FROM_MODEM;
  return table.find(([pattern]) => pattern.test(line.text))?.[1] ?? "";
}
