import type { FuzzTarget } from "../testing/fuzz.ts";
import {
  OUR_ADDRESS,
  OUR_MAC,
  PEER_ADDRESS,
  PEER_MAC,
  createHostileWire,
  lazy,
} from "../testing/hostile-wire.ts";
import { ethernetFrame, ipv4Packet, udpDatagram, withChecksum } from "../testing/packets.ts";
import { formatIpv4, parseCidr, parseIpv4 } from "./address.ts";

const wire = lazy(() => createHostileWire());
const FIELDS = { source: PEER_ADDRESS, destination: OUR_ADDRESS, protocol: 17 };
const DATAGRAM = udpDatagram(PEER_ADDRESS, OUR_ADDRESS, 9, 7, new Uint8Array(24));

/** Feeds a packet whose header checksum is right, so that more than the checksum is reached. */
function feedPacket(bytes: Uint8Array): void {
  const headerBytes = Math.min((bytes[0]! & 15) * 4, bytes.length);
  const header = withChecksum(bytes.subarray(0, headerBytes), 10);
  const packet = bytes.slice();
  packet.set(header);
  wire().feed(ethernetFrame(OUR_MAC, PEER_MAC, 0x0800, packet));
}

export const fuzz: FuzzTarget[] = [
  {
    name: "ipv4 packet",
    seeds: [
      ipv4Packet(FIELDS, DATAGRAM),
      ipv4Packet({ ...FIELDS, options: [7, 3, 4, 0] }, DATAGRAM),
      ipv4Packet({ ...FIELDS, options: [131, 7, 4, 10, 0, 0, 1, 0] }, DATAGRAM),
      ipv4Packet({ ...FIELDS, destination: 0xffff_ffff }, DATAGRAM),
    ],
    run: feedPacket,
  },
  {
    name: "ipv4 fragment",
    seeds: [
      ipv4Packet({ ...FIELDS, fragment: 0x2000 }, DATAGRAM.subarray(0, 16)),
      ipv4Packet({ ...FIELDS, fragment: 0x2002 }, DATAGRAM.subarray(16, 24)),
      ipv4Packet({ ...FIELDS, fragment: 0x0003 }, DATAGRAM.subarray(24)),
      ipv4Packet({ ...FIELDS, fragment: 0x1fff }, DATAGRAM),
    ],
    run: feedPacket,
  },
  {
    name: "ipv4 address text",
    seeds: ["10.0.2.15", "255.255.255.255/32"].map((text) =>
      Uint8Array.from(text, (letter) => letter.charCodeAt(0)),
    ),
    run(bytes) {
      const text = String.fromCharCode(...bytes.subarray(0, 64));
      parseCidr(text);
      const address = parseIpv4(text);
      if (address !== undefined && formatIpv4(address) !== text) throw new Error(text);
    },
  },
];
