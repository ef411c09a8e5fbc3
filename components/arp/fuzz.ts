import type { FuzzTarget } from "../testing/fuzz.ts";
import {
  OUR_ADDRESS,
  OUR_MAC,
  PEER_ADDRESS,
  PEER_MAC,
  createHostileWire,
  lazy,
} from "../testing/hostile-wire.ts";
import { arpPacket, ethernetFrame } from "../testing/packets.ts";

const wire = lazy(() => createHostileWire());
const NOBODY = "00:00:00:00:00:00";

export const fuzz: FuzzTarget[] = [
  {
    name: "arp packet",
    seeds: [
      arpPacket(1, PEER_MAC, PEER_ADDRESS, NOBODY, OUR_ADDRESS),
      arpPacket(2, PEER_MAC, PEER_ADDRESS, OUR_MAC, OUR_ADDRESS),
      arpPacket(1, PEER_MAC, 0, NOBODY, OUR_ADDRESS),
      arpPacket(1, PEER_MAC, OUR_ADDRESS, NOBODY, OUR_ADDRESS),
    ],
    run(bytes) {
      const { feed, stack } = wire();
      // Somebody always waits for an answer, so that what is learned has an effect.
      stack.icmp.ping({ address: PEER_ADDRESS + (bytes.length % 8) }, () => {});
      feed(ethernetFrame(OUR_MAC, PEER_MAC, 0x0806, bytes));
    },
  },
];
