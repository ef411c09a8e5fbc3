import type { FuzzTarget } from "../testing/fuzz.ts";
import {
  OUR_ADDRESS,
  OUR_MAC,
  PEER_ADDRESS,
  PEER_MAC,
  createHostileWire,
  lazy,
} from "../testing/hostile-wire.ts";
import {
  ethernetFrame,
  icmpMessage,
  ipv4Packet,
  udpDatagram,
  withChecksum,
} from "../testing/packets.ts";

const wire = lazy(() => {
  const made = createHostileWire();
  made.stack.udp.bind({ address: 0, port: 7, handler: { onDatagram: () => {} } });
  return made;
});
const OURS = ipv4Packet(
  { source: OUR_ADDRESS, destination: PEER_ADDRESS, protocol: 17 },
  udpDatagram(OUR_ADDRESS, PEER_ADDRESS, 7, 9, [1, 2, 3, 4]),
);

export const fuzz: FuzzTarget[] = [
  {
    name: "icmpv4 message",
    seeds: [
      icmpMessage(8, 0, 0x0001_0001, [1, 2, 3]),
      icmpMessage(0, 0, 0x0001_0001, [1, 2, 3]),
      icmpMessage(3, 3, 0, OURS),
      icmpMessage(3, 4, 600, OURS),
      icmpMessage(11, 0, 0, OURS),
    ],
    run(bytes) {
      const { feed, stack } = wire();
      stack.icmp.ping({ address: PEER_ADDRESS, timeoutUs: 100_000 }, () => {});
      const fields = { source: PEER_ADDRESS, destination: OUR_ADDRESS, protocol: 1 };
      const packet = ipv4Packet(fields, withChecksum(bytes, 2));
      feed(ethernetFrame(OUR_MAC, PEER_MAC, 0x0800, packet));
    },
  },
];
