/**
 * Names of fields that occur all the time, found from their bytes without making a string: a hash
 * that the scanner computes on the way, a slot, and a comparison.
 */
import { LOWER } from "./characters.ts";

/** Fields that decide how a message is framed and what becomes of its connection. */
export const FIELD = {
  CONTENT_LENGTH: 0,
  TRANSFER_ENCODING: 1,
  CONNECTION: 2,
  UPGRADE: 3,
  HOST: 4,
  EXPECT: 5,
} as const;

/** In the order of `FIELD`, then by custom. */
const COMMON_NAMES = (
  "Content-Length Transfer-Encoding Connection Upgrade Host Expect " +
  "Accept Accept-Charset Accept-Encoding Accept-Language Accept-Ranges Access-Control-Allow-Origin " +
  "Age Allow Authorization Cache-Control Content-Disposition Content-Encoding Content-Language " +
  "Content-Location Content-Range Content-Type Cookie DNT Date ETag Expires Forwarded From " +
  "If-Match If-Modified-Since If-None-Match If-Range If-Unmodified-Since Keep-Alive Last-Modified " +
  "Link Location Origin Pragma Proxy-Authenticate Proxy-Authorization Proxy-Connection Range " +
  "Referer Retry-After Sec-Fetch-Dest Sec-Fetch-Mode Sec-Fetch-Site Sec-Fetch-User " +
  "Sec-WebSocket-Accept Sec-WebSocket-Extensions Sec-WebSocket-Key Sec-WebSocket-Protocol " +
  "Sec-WebSocket-Version Server Set-Cookie TE Trailer Upgrade-Insecure-Requests User-Agent Vary " +
  "Via WWW-Authenticate X-Forwarded-For X-Forwarded-Host X-Forwarded-Proto X-Powered-By " +
  "X-Requested-With"
).split(" ");

/** One name: as it is usually written, in lower case, and both as bytes. */
interface KnownName {
  readonly id: number;
  readonly canonical: string;
  readonly lower: string;
  readonly canonicalBytes: Uint8Array;
  readonly lowerBytes: Uint8Array;
}

const SLOT_COUNT = 512;

/** Begins the hash of a name; `hashName` takes it on, byte by byte. */
export const NAME_HASH_START = 5381;

/** The next hash. Letter case does not count: bit 5 is left out, the comparison decides. */
export function hashName(hash: number, byte: number): number {
  return (Math.imul(hash, 33) + (byte | 0x20)) | 0;
}

function slotOf(hash: number): number {
  return (hash ^ (hash >>> 9)) & (SLOT_COUNT - 1);
}

function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

function buildSlots(): readonly (readonly KnownName[] | undefined)[] {
  const slots: (KnownName[] | undefined)[] = Array.from({ length: SLOT_COUNT });
  for (const [id, canonical] of COMMON_NAMES.entries()) {
    const lower = canonical.toLowerCase();
    const lowerBytes = bytesOf(lower);
    let hash = NAME_HASH_START;
    for (const byte of lowerBytes) hash = hashName(hash, byte);
    const name = { id, canonical, lower, canonicalBytes: bytesOf(canonical), lowerBytes };
    (slots[slotOf(hash)] ??= []).push(name);
  }
  return slots;
}

const SLOTS = buildSlots();

function equals(bytes: Uint8Array, start: number, wanted: Uint8Array): boolean {
  for (let index = 0; index < wanted.length; index++) {
    if (bytes[start + index] !== wanted[index]) return false;
  }
  return true;
}

function equalsInLowerCase(bytes: Uint8Array, start: number, wanted: Uint8Array): boolean {
  for (let index = 0; index < wanted.length; index++) {
    if (LOWER[bytes[start + index]!] !== wanted[index]) return false;
  }
  return true;
}

/**
 * @param hash Of all bytes of the name, by `hashName`.
 * @returns The known name's index (`FIELD.*` for those that matter here), or -1.
 */
export function findFieldName(bytes: Uint8Array, start: number, end: number, hash: number): number {
  const candidates = SLOTS[slotOf(hash)];
  if (candidates === undefined) return -1;
  for (let index = 0; index < candidates.length; index++) {
    const name = candidates[index]!;
    if (
      name.lowerBytes.length === end - start &&
      equalsInLowerCase(bytes, start, name.lowerBytes)
    ) {
      return name.id;
    }
  }
  return -1;
}

const BY_ID: readonly KnownName[] = SLOTS.flatMap((slot) => slot ?? []).toSorted(
  (left, right) => left.id - right.id,
);

/**
 * @param id What `findFieldName` found for these bytes.
 * @returns The shared string that equals the bytes, or undefined when they mix the cases in a way of
 *   their own.
 */
export function sharedFieldName(id: number, bytes: Uint8Array, start: number): string | undefined {
  const name = BY_ID[id]!;
  if (equals(bytes, start, name.canonicalBytes)) return name.canonical;
  if (equals(bytes, start, name.lowerBytes)) return name.lower;
  return undefined;
}

const LOWER_BY_NAME: ReadonlyMap<string, string> = new Map(
  BY_ID.flatMap((name) => [
    [name.canonical, name.lower],
    [name.lower, name.lower],
  ]),
);

/** @returns A field's name in lower case; for common names without making a string. */
export function lowerCaseFieldName(name: string): string {
  return LOWER_BY_NAME.get(name) ?? name.toLowerCase();
}

/**
 * @returns The name in lower case where it is a common one, in the common spelling or in lower case:
 *   then it need not be looked at character by character. Undefined for any other value.
 */
export function commonFieldName(name: unknown): string | undefined {
  return LOWER_BY_NAME.get(name as string);
}
