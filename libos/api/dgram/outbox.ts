import { SEND } from "../../../components/ip/mod.ts";
import type { UdpSocket } from "../../../components/udp/types.ts";
import type { UdpContext } from "../shared/context.ts";
import { addressError } from "../shared/errors.ts";
import { sendErrorCode } from "./errors.ts";
import type { SendRequest } from "./send-arguments.ts";

/** Where a datagram goes. */
export interface Destination {
  readonly address: number;
  readonly port: number;
  /** The address as errors show it. */
  readonly text: string;
}

interface Queued {
  readonly request: SendRequest;
  readonly destination: Destination;
}

/** Sends datagrams, and keeps those that the device has no room for, up to a bound. */
export class Outbox {
  readonly #context: Pick<UdpContext, "defer">;
  readonly #maxBytes: number;
  #queue: Queued[] = [];
  #bytes = 0;

  /** @param maxBytes Of payload that wait; beyond it `send` fails with ENOBUFS. */
  constructor(context: Pick<UdpContext, "defer">, maxBytes: number) {
    this.#context = context;
    this.#maxBytes = maxBytes;
  }

  /** Bytes that wait. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Datagrams that wait. */
  get count(): number {
    return this.#queue.length;
  }

  /** Sends at once, or behind those that wait; the request's callback follows in a later turn. */
  send(udp: UdpSocket, request: SendRequest, destination: Destination): void {
    const { message, callback } = request;
    const { length } = message;
    const { address, port, text } = destination;
    const result = this.#queue.length > 0 ? SEND.FULL : udp.send(message, 0, length, address, port);
    if (result === SEND.FULL && this.#bytes + length <= this.#maxBytes) {
      // The caller may reuse its memory.
      this.#queue.push({ request: { ...request, message: message.slice() }, destination });
      this.#bytes += length;
      return;
    }
    if (callback === undefined) return;
    const code = sendErrorCode(result);
    if (code === undefined) this.#context.defer(() => callback(null, length));
    else this.#context.defer(() => callback(addressError(code, "send", text, port)));
  }

  /** The device has room again. */
  sendQueued(udp: UdpSocket): void {
    const queue = this.#queue;
    this.clear();
    for (const { request, destination } of queue) this.send(udp, request, destination);
  }

  /** Forgets what waits. */
  clear(): void {
    this.#queue = [];
    this.#bytes = 0;
  }
}
