import type { DevicePairOptions } from "../../host-adapters/shared/device-pair.ts";
import { SEND } from "../ip/mod.ts";
import type { UdpBindOptions, UdpSocket } from "../udp/mod.ts";
import type { StackOptions, TestStack } from "./stack.ts";
import { createStack } from "./stack.ts";
import type { WireTap } from "./wire-tap.ts";
import { createWireTap } from "./wire-tap.ts";
import type { TestWorld } from "./world.ts";
import { createTestWorld } from "./world.ts";

/** 10.0.0.1 and 10.0.0.2. */
export const A = 0x0a00_0001;
export const B = 0x0a00_0002;

export interface ReceivedDatagram {
  readonly text: string;
  readonly from: number;
  readonly port: number;
  readonly to: number;
}

/** A socket that remembers what it got. */
export interface Listener {
  readonly socket: UdpSocket;
  readonly received: ReceivedDatagram[];
  readonly unreachable: string[];
  /** How often it was told of room. */
  spaces: number;
  /** Sends text; throws unless it was taken. */
  send(text: string, address: number, port: number): void;
}

/** Two stacks on one cable, with a tap on each device. */
export interface TwoHosts {
  readonly world: TestWorld;
  readonly a: TestStack;
  readonly b: TestStack;
  readonly tap: WireTap;
  readonly tapB: WireTap;
  listen(stack: TestStack, port: number, options?: Partial<UdpBindOptions>): Listener;
}

export function createTwoHosts(
  cableOptions: Omit<DevicePairOptions, "schedule"> = {},
  stackOptions: StackOptions = {},
): TwoHosts {
  const world = createTestWorld();
  const cable = world.cable(cableOptions);
  const hostA = world.host("a");
  const tap = createWireTap(cable.a, hostA.hal.memory);
  const a = createStack(hostA, tap, "10.0.0.1/24", stackOptions);
  const hostB = world.host("b");
  const tapB = createWireTap(cable.b, hostB.hal.memory);
  const b = createStack(hostB, tapB, "10.0.0.2/24", stackOptions);
  return { world, a, b, tap, tapB, listen };
}

function listen(stack: TestStack, port: number, options: Partial<UdpBindOptions> = {}): Listener {
  const { bytes } = stack.kernel.memory.packet;
  const received: ReceivedDatagram[] = [];
  const unreachable: string[] = [];
  const socket = stack.udp.bind({
    address: 0,
    port,
    ...options,
    handler: {
      onDatagram(_socket, offset, length, from, fromPort, to) {
        const text = new TextDecoder().decode(bytes.slice(offset, offset + length));
        received.push({ text, from, port: fromPort, to });
      },
      onUnreachable: (_socket, address, remotePort) =>
        unreachable.push(`${stack.ip.format(address)}:${remotePort}`),
      onSpace: () => listener.spaces++,
    },
  });
  if (typeof socket === "string") throw new Error(socket);
  const listener: Listener = {
    socket,
    received,
    unreachable,
    spaces: 0,
    send(text, address, remotePort) {
      const data = new TextEncoder().encode(text);
      const result = socket.send(data, 0, data.length, address, remotePort);
      if (result !== SEND.OK) throw new Error(`send: ${result}`);
    },
  };
  return listener;
}
