import type { Address, SendResult } from "../ip/mod.ts";
import type { BoundPort } from "./ports.ts";
import type { UdpHandler, UdpSocket } from "./types.ts";

/** What a socket asks of its UDP. */
export interface SocketNeeds {
  send(
    socket: BoundSocket,
    bytes: Uint8Array,
    offset: number,
    length: number,
    address: Address,
    port: number,
  ): SendResult;
  close(socket: BoundSocket): void;
}

export class BoundSocket implements UdpSocket, BoundPort {
  readonly localAddress: Address;
  readonly localPort: number;
  readonly device: string | undefined;
  readonly reuse: boolean;
  readonly handler: UdpHandler;
  isBroadcastAllowed = false;
  isClosed = false;
  /** 0: the network layer's own. */
  ttl = 0;
  readonly #needs: SocketNeeds;

  constructor(
    needs: SocketNeeds,
    localAddress: Address,
    localPort: number,
    device: string | undefined,
    reuse: boolean,
    handler: UdpHandler,
  ) {
    this.#needs = needs;
    this.localAddress = localAddress;
    this.localPort = localPort;
    this.device = device;
    this.reuse = reuse;
    this.handler = handler;
  }

  send(
    bytes: Uint8Array,
    offset: number,
    length: number,
    address: Address,
    port: number,
  ): SendResult {
    return this.#needs.send(this, bytes, offset, length, address, port);
  }

  setBroadcast(allowed: boolean): void {
    this.isBroadcastAllowed = allowed;
  }

  setTtl(ttl: number): void {
    this.ttl = ttl;
  }

  close(): void {
    this.#needs.close(this);
  }
}
