/** The overloads of `socket.send`. */
import { Buffer } from "buffer";
import { invalidArgType, validateString } from "../shared/errors.ts";
import { validatePort } from "../shared/port.ts";
import { isConnected, outOfBounds } from "./errors.ts";

/** What `send` takes as a message, or as a part of one. */
export type MessagePart = string | Uint8Array | DataView;

export type SendCallback = (error: Error | null, bytes?: number) => void;

/** One datagram, its arguments checked. */
export interface SendRequest {
  readonly message: Uint8Array;
  /** 0 on a connected socket. */
  readonly port: number;
  readonly address: string | undefined;
  readonly callback: SendCallback | undefined;
}

const MESSAGE_TYPES = ["string", "Buffer", "TypedArray", "DataView"];

/**
 * Reads `(msg, offset, length, port, address, callback)` and its shorter forms.
 *
 * @param isPeerKnown True for a connected socket, whose `send` names no port and no address.
 * @throws ERR_INVALID_ARG_TYPE, ERR_SOCKET_BAD_PORT, ERR_BUFFER_OUT_OF_BOUNDS as Node does.
 */
export function parseSend(list: readonly unknown[], isPeerKnown: boolean): SendRequest {
  const [, offset, length] = list;
  let [buffer, , , port, address, callback] = list;
  if (isPeerKnown) {
    if (typeof length === "number") {
      buffer = slice(buffer, offset, length);
      if (typeof port === "function") [port, callback] = [undefined, port];
    } else {
      callback = offset;
    }
    if (port || address) throw isConnected();
  } else if (address || (port && typeof port !== "function")) {
    buffer = slice(buffer, offset, length);
  } else {
    [port, address, callback] = [offset, length, port];
  }
  const message = join(buffer);
  const number = isPeerKnown ? 0 : validatePort(port, "Port", false);
  if (typeof address === "function") [address, callback] = [undefined, address];
  else if (address !== undefined && address !== null) validateString(address, "address");
  return {
    message,
    port: number,
    address: (address as string | null | undefined) || undefined,
    callback: typeof callback === "function" ? (callback as SendCallback) : undefined,
  };
}

/** @returns Bytes of one part; a view shares its memory. Undefined for what is no part. */
function toBytes(part: unknown): Uint8Array | undefined {
  if (typeof part === "string") return Buffer.from(part);
  if (part instanceof Uint8Array) return part;
  if (!ArrayBuffer.isView(part)) return undefined;
  return new Uint8Array(part.buffer, part.byteOffset, part.byteLength);
}

function slice(buffer: unknown, offset: unknown, length: unknown): Uint8Array {
  const bytes = toBytes(buffer);
  if (bytes === undefined) throw invalidArgType("buffer", MESSAGE_TYPES, buffer);
  const from = Number(offset) >>> 0;
  const count = Number(length) >>> 0;
  if (from > bytes.length) throw outOfBounds("offset");
  if (from + count > bytes.length) throw outOfBounds("length");
  return bytes.subarray(from, from + count);
}

function join(buffer: unknown): Uint8Array {
  if (!Array.isArray(buffer)) {
    const bytes = toBytes(buffer);
    if (bytes === undefined) throw invalidArgType("buffer", MESSAGE_TYPES, buffer);
    return bytes;
  }
  const parts = buffer.map(toBytes);
  if (parts.includes(undefined)) {
    throw invalidArgType("buffer list arguments", MESSAGE_TYPES, buffer);
  }
  return Buffer.concat(parts as Uint8Array[]);
}
