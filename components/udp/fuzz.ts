import type { FuzzTarget } from "../testing/fuzz.ts";
import {
  OUR_ADDRESS,
  OUR_MAC,
  PEER_ADDRESS,
  PEER_MAC,
  createHostileWire,
  lazy,
} from "../testing/hostile-wire.ts";
import { ethernetFrame, ipv4Packet, udpDatagram, u16 } from "../testing/packets.ts";

const wire = lazy(() => {
  const made = createHostileWire();
  const { bytes } = made.stack.kernel.memory.packet;
  made.stack.udp.bind({
    address: 0,
    port: 7,
    handler: {
      onDatagram(socket, offset, length, address, port) {
        socket.send(bytes, offset, length, address, port);
      },
    },
  });
  return made;
});

/** Makes the checksum right, as far as there is a length to make it by. */
function repaired(bytes: Uint8Array): Uint8Array {
  if (bytes.length < 8) return bytes;
  const length = Math.max(8, Math.min((bytes[4]! << 8) | bytes[5]!, bytes.length));
  const ports = [(bytes[0]! << 8) | bytes[1]!, (bytes[2]! << 8) | bytes[3]!] as const;
  const right = udpDatagram(PEER_ADDRESS, OUR_ADDRESS, ...ports, bytes.subarray(8, length));
  const copy = bytes.slice();
  copy.set(right.subarray(6, 8), 6);
  return copy;
}

export const fuzz: FuzzTarget[] = [
  {
    name: "udp datagram",
    seeds: [
      udpDatagram(PEER_ADDRESS, OUR_ADDRESS, 9, 7, [1, 2, 3, 4]),
      udpDatagram(PEER_ADDRESS, OUR_ADDRESS, 9, 8, []),
      Uint8Array.from([...u16(9), ...u16(7), ...u16(9), 0, 0, 1]),
    ],
    run(bytes) {
      const fields = { source: PEER_ADDRESS, destination: OUR_ADDRESS, protocol: 17 };
      const packet = ipv4Packet(fields, repaired(bytes));
      wire().feed(ethernetFrame(OUR_MAC, PEER_MAC, 0x0800, packet));
    },
  },
];
