import { appendPart } from "../ip/mod.ts";
import type { FuzzTarget } from "../testing/fuzz.ts";
import { createHostileWire, lazy } from "../testing/hostile-wire.ts";
import { icmpMessage, ipv4Packet } from "../testing/packets.ts";

const wire = lazy(() => createHostileWire());
const LOCAL = 0x7f00_0001;

export const fuzz: FuzzTarget[] = [
  {
    name: "loopback packet",
    seeds: [
      ipv4Packet(
        { source: LOCAL, destination: LOCAL, protocol: 1 },
        icmpMessage(8, 0, 1, [1, 2, 3]),
      ),
    ],
    run(bytes) {
      const { stack, world } = wire();
      const { loopback, kernel } = stack;
      if (bytes.length === 0) return;
      const staged = loopback.stage(bytes.length);
      kernel.memory.packet.copyIn(staged, bytes, 0, bytes.length);
      const frame = loopback.begin(0, 0);
      appendPart(frame, staged, bytes.length);
      loopback.send(frame, loopback.neighbour(LOCAL));
      world.runFor(20_000);
    },
  },
];
