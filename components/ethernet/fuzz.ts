import type { FuzzTarget } from "../testing/fuzz.ts";
import {
  OUR_ADDRESS,
  OUR_MAC,
  PEER_ADDRESS,
  PEER_MAC,
  createHostileWire,
  lazy,
} from "../testing/hostile-wire.ts";
import { arpPacket, ethernetFrame, ipv4Packet, udpDatagram } from "../testing/packets.ts";

const wire = lazy(() => createHostileWire());
const datagram = udpDatagram(PEER_ADDRESS, OUR_ADDRESS, 9, 7, [1, 2, 3]);
const packet = ipv4Packet(
  { source: PEER_ADDRESS, destination: OUR_ADDRESS, protocol: 17 },
  datagram,
);

export const fuzz: FuzzTarget[] = [
  {
    name: "ethernet frame",
    seeds: [
      ethernetFrame(OUR_MAC, PEER_MAC, 0x0800, packet),
      ethernetFrame(
        "ff:ff:ff:ff:ff:ff",
        PEER_MAC,
        0x0806,
        arpPacket(1, PEER_MAC, PEER_ADDRESS, "00:00:00:00:00:00", OUR_ADDRESS),
      ),
    ],
    run: (bytes) => wire().feed(bytes),
  },
];
