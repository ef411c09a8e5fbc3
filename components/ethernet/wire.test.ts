import t from "tap";
import {
  BROADCAST_MAC,
  formatMac,
  isGroupMac,
  isUnicastMac,
  multicastMac,
  parseMac,
  readMac,
  writeMac,
} from "./wire.ts";

t.test("a hardware address survives text and wire", async (t) => {
  for (const text of ["02:00:00:00:00:01", "fe:ff:80:7f:01:00", "00:00:00:00:00:00"]) {
    const address = parseMac(text)!;
    const bytes = new Uint8Array(8);
    writeMac(bytes, 1, address);
    t.same(
      [...bytes.subarray(1, 7)],
      text.split(":").map((byte) => Number.parseInt(byte, 16)),
    );
    t.equal(readMac(bytes, 1), address);
    t.equal(formatMac(address), text);
  }
});

t.test("text that is no hardware address is refused", async (t) => {
  for (const text of [
    "",
    "02:00:00:00:00",
    "02:00:00:00:00:01:02",
    "02:00-00:00:00:01",
    "g2:0:0:0:0:1",
  ]) {
    t.equal(parseMac(text), undefined, text);
  }
  t.equal(parseMac("02-00-00-00-00-01"), 0x0200_0000_0001);
});

t.test("groups are told from hosts by the lowest bit of the first byte", async (t) => {
  t.ok(isGroupMac(BROADCAST_MAC));
  t.ok(isGroupMac(parseMac("01:00:5e:00:00:01")!));
  t.notOk(isGroupMac(parseMac("fe:ff:ff:ff:ff:ff")!));
  t.notOk(isUnicastMac(0));
  t.ok(isUnicastMac(1));
});

t.test("a multicast group has the address of RFC 1112 6.4: 23 bits", async (t) => {
  t.equal(formatMac(multicastMac(0xe0ff_0001)), "01:00:5e:7f:00:01");
});
