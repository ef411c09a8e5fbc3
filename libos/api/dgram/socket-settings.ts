/** The options of a datagram socket, as `setsockopt` has them. */
import { EventEmitter } from "events";
import type { UdpSocket } from "../../../components/udp/types.ts";
import {
  missingArgs,
  socketError,
  validateNumber,
  validateString,
  validateUint32,
} from "../shared/errors.ts";
import { parseIPv4 } from "../shared/ip-text.ts";
import { badBufferSize, bufferSizeUnknown } from "./errors.ts";

/** What Linux gives a socket that asks for nothing (net.core.rmem_default), in bytes. */
const DEFAULT_BUFFER_BYTES = 212_992;

export abstract class SocketSettings extends EventEmitter {
  protected receiveBufferBytes: number = DEFAULT_BUFFER_BYTES;
  protected sendBufferBytes: number = DEFAULT_BUFFER_BYTES;

  /** @throws EBADF for `call` while the socket is not bound. */
  protected abstract bound(call: string): UdpSocket;
  protected abstract get isBound(): boolean;

  setBroadcast(allowed: boolean): void {
    this.bound("setBroadcast").setBroadcast(Boolean(allowed));
  }

  /** @param ttl 1 .. 255. @returns `ttl`. */
  setTTL(ttl: number): number {
    validateNumber(ttl, "ttl");
    const udp = this.bound("setTTL");
    if (!(ttl >= 1 && ttl <= 255)) throw socketError("EINVAL", "setTTL");
    udp.setTtl(ttl);
    return ttl;
  }

  /** There is no multicast in this stack yet: groups can't be joined, and say so. */
  setMulticastTTL(ttl: number): number {
    validateNumber(ttl, "ttl");
    throw this.#unsupported("setMulticastTTL");
  }

  setMulticastLoopback(_loopback: boolean): never {
    throw this.#unsupported("setMulticastLoopback");
  }

  setMulticastInterface(multicastInterface: string): never {
    validateString(multicastInterface, "interfaceAddress");
    throw this.#unsupported("setMulticastInterface");
  }

  addMembership(multicastAddress: string, _interface?: string): never {
    if (!multicastAddress) throw missingArgs("multicastAddress");
    throw this.#membershipError("addMembership", multicastAddress);
  }

  dropMembership(multicastAddress: string, _interface?: string): never {
    if (!multicastAddress) throw missingArgs("multicastAddress");
    throw this.#membershipError("dropMembership", multicastAddress);
  }

  addSourceSpecificMembership(source: string, group: string, _interface?: string): never {
    validateString(source, "sourceAddress");
    validateString(group, "groupAddress");
    throw this.#membershipError("addSourceSpecificMembership", group);
  }

  dropSourceSpecificMembership(source: string, group: string, _interface?: string): never {
    validateString(source, "sourceAddress");
    validateString(group, "groupAddress");
    throw this.#membershipError("dropSourceSpecificMembership", group);
  }

  /** Datagrams are delivered in the turn that receives them: the size is kept, and has no effect. */
  setRecvBufferSize(bytes: number): void {
    this.receiveBufferBytes = this.#bufferSize(bytes, "uv_recv_buffer_size");
  }

  setSendBufferSize(bytes: number): void {
    this.sendBufferBytes = this.#bufferSize(bytes, "uv_send_buffer_size");
  }

  getRecvBufferSize(): number {
    if (!this.isBound) throw bufferSizeUnknown("uv_recv_buffer_size");
    return this.receiveBufferBytes;
  }

  getSendBufferSize(): number {
    if (!this.isBound) throw bufferSizeUnknown("uv_send_buffer_size");
    return this.sendBufferBytes;
  }

  #unsupported(call: string): Error {
    this.bound(call);
    return socketError("ENOTSUP", call);
  }

  #membershipError(call: string, group: string): Error {
    this.bound(call);
    const isMulticast = parseIPv4(group) >>> 28 === 14;
    return socketError(isMulticast ? "ENOTSUP" : "EINVAL", call);
  }

  #bufferSize(bytes: number, call: string): number {
    try {
      validateUint32(bytes, "size");
    } catch {
      throw badBufferSize();
    }
    if (!this.isBound) throw bufferSizeUnknown(call);
    return bytes;
  }
}
