import t from "tap";
import { formatMac, parseMac } from "../ethernet/mod.ts";
import { arpPacket } from "../testing/packets.ts";
import { createArpPacket, encodeArp, parseArp } from "./packet.ts";

const MAC = "02:00:00:00:00:02";
const PACKET = arpPacket(2, MAC, 0x0a00_0002, "02:00:00:00:00:01", 0x0a00_0001);

t.test("a reply is read and written as RFC 826 has it", async (t) => {
  const packet = createArpPacket();
  t.ok(parseArp(PACKET, 0, PACKET.length, packet));
  t.equal(formatMac(packet.senderHardware), MAC);
  t.match(packet, { operation: 2, senderProtocol: 0x0a00_0002, targetProtocol: 0x0a00_0001 });
  const bytes = new Uint8Array(28);
  encodeArp(bytes, 0, packet);
  t.same(bytes, PACKET);
});

t.test("what is not ARP for IPv4 over Ethernet is refused", async (t) => {
  const packet = createArpPacket();
  t.notOk(parseArp(PACKET, 0, 27, packet), "too short");
  for (const [at, value] of [
    [1, 6],
    [2, 9],
    [4, 8],
    [5, 16],
    [7, 3],
  ] as const) {
    const broken = PACKET.slice();
    broken[at] = value;
    t.notOk(parseArp(broken, 0, broken.length, packet), `byte ${at}`);
  }
});

t.test("a sender that can't be one host is refused", async (t) => {
  const packet = createArpPacket();
  for (const mac of ["ff:ff:ff:ff:ff:ff", "01:00:5e:00:00:01", "00:00:00:00:00:00"]) {
    const broken = arpPacket(2, mac, 0x0a00_0002, MAC, 0x0a00_0001);
    t.notOk(parseArp(broken, 0, broken.length, packet), mac);
  }
  for (const address of [0xffff_ffff, 0xe000_0001, 0x7f00_0001]) {
    const broken = arpPacket(2, MAC, address, MAC, 0x0a00_0001);
    t.notOk(parseArp(broken, 0, broken.length, packet), address.toString(16));
  }
  t.equal(parseMac(MAC), 0x0200_0000_0002);
});
