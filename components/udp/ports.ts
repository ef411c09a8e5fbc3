import type { Entropy } from "../../libos/hal/mod.ts";
import { readU16 } from "../../libos/kernel/mod.ts";
import type { Address } from "../ip/mod.ts";
import { ANY_ADDRESS } from "../ip/mod.ts";
import type { UdpLimits } from "./limits.ts";

/** What a bound socket is found by. */
export interface BoundPort {
  readonly localAddress: Address;
  readonly localPort: number;
  readonly device: string | undefined;
  readonly reuse: boolean;
}

/** Which sockets are bound where. */
export class PortTable<Socket extends BoundPort> {
  readonly #limits: UdpLimits;
  readonly #entropy: Entropy;
  /** By port; the socket bound last stands first. */
  readonly #byPort = new Map<number, Socket[]>();
  readonly #random = new Uint8Array(2);
  #size = 0;

  constructor(limits: UdpLimits, entropy: Entropy) {
    this.#limits = limits;
    this.#entropy = entropy;
  }

  *[Symbol.iterator](): Generator<Socket> {
    for (const sockets of this.#byPort.values()) yield* sockets;
  }

  /** @returns A random free ephemeral port (RFC 6056, 3.3.1), or 0 when there is none. */
  freePort(): number {
    const { ephemeralFirst, ephemeralLast } = this.#limits;
    const count = ephemeralLast - ephemeralFirst + 1;
    this.#entropy.fill(this.#random);
    const start = readU16(this.#random, 0);
    for (let tried = 0; tried < count; tried++) {
      const port = ephemeralFirst + ((start + tried) % count);
      if (!this.#byPort.has(port)) return port;
    }
    return 0;
  }

  /** @returns False when somebody has the address and port and does not share, or at the bound. */
  add(socket: Socket): boolean {
    const others = this.#byPort.get(socket.localPort) ?? [];
    if (this.#size >= this.#limits.maxSockets) return false;
    if (others.some((other) => isConflict(other, socket))) return false;
    this.#byPort.set(socket.localPort, [socket, ...others]);
    this.#size++;
    return true;
  }

  remove(socket: Socket): void {
    const others = this.#byPort.get(socket.localPort);
    if (others === undefined || !others.includes(socket)) return;
    const rest = others.filter((other) => other !== socket);
    if (rest.length === 0) this.#byPort.delete(socket.localPort);
    else this.#byPort.set(socket.localPort, rest);
    this.#size--;
  }

  /** @returns The socket for one host's datagram: an address counts more than "any". */
  find(address: Address, port: number, device: string): Socket | undefined {
    const sockets = this.#byPort.get(port);
    if (sockets === undefined) return undefined;
    let found: Socket | undefined;
    for (const socket of sockets) {
      if (socket.device !== undefined && socket.device !== device) continue;
      if (socket.localAddress === address) return socket;
      if (socket.localAddress === ANY_ADDRESS) found ??= socket;
    }
    return found;
  }

  /** @returns All sockets that a broadcast to `port` concerns. */
  findAll(port: number, device: string): readonly Socket[] {
    const sockets = this.#byPort.get(port) ?? [];
    return sockets.filter((one) => one.device === undefined || one.device === device);
  }

  clear(): void {
    this.#byPort.clear();
    this.#size = 0;
  }
}

function isConflict(one: BoundPort, other: BoundPort): boolean {
  if (one.reuse && other.reuse) return false;
  if (one.device !== undefined && other.device !== undefined && one.device !== other.device) {
    return false;
  }
  const isAny = one.localAddress === ANY_ADDRESS || other.localAddress === ANY_ADDRESS;
  return isAny || one.localAddress === other.localAddress;
}
