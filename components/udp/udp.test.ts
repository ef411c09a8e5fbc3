import t from "tap";
import { createTestWorld } from "../testing/world.ts";
import { createStack } from "../testing/stack.ts";
import { createWireTap } from "../testing/wire-tap.ts";
import { SEND } from "../ip/mod.ts";
import type { UdpSocket } from "./mod.ts";

const A = 0x0a00_0001;
const B = 0x0a00_0002;

interface Received {
  readonly text: string;
  readonly from: number;
  readonly port: number;
  readonly to: number;
}

function twoHosts(options = {}) {
  const world = createTestWorld();
  const cable = world.cable(options);
  const hostA = world.host("a");
  const tap = createWireTap(cable.a, hostA.hal.memory);
  const a = createStack(hostA, tap, "10.0.0.1/24");
  const b = createStack(world.host("b"), cable.b, "10.0.0.2/24");
  const bytesOf = (stack = b) => stack.kernel.memory.packet.bytes;
  const listen = (stack: typeof b, port: number, more = {}) => {
    const received: Received[] = [];
    const socket = stack.udp.bind({
      address: 0,
      port,
      ...more,
      handler: {
        onDatagram: (_socket, offset, length, from, fromPort, to) => {
          const text = new TextDecoder().decode(bytesOf().slice(offset, offset + length));
          received.push({ text, from, port: fromPort, to });
        },
      },
    }) as UdpSocket;
    return { socket, received };
  };
  const bytes = (text: string) => new TextEncoder().encode(text);
  return { world, a, b, tap, listen, bytes };
}

t.test("a datagram crosses the cable after address resolution", (t) => {
  const { world, a, b, listen, bytes } = twoHosts();
  const server = listen(b, 7);
  const client = listen(a, 5000);
  const data = bytes("hello");
  t.equal(client.socket.send(data, 0, data.length, B, 7), SEND.OK);
  world.runFor(1000);
  t.same(server.received, [{ text: "hello", from: A, port: 5000, to: B }]);
  t.equal(a.arp.counters.requestsSent, 1);
  t.end();
});
