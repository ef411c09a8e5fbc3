/**
 * Names of fields that occur all the time, found from their bytes without making a string: a hash of
 * a few of them, a slot, and a comparison.
 */
import type { ByteHelpers } from "../../libos/hal/mod.ts";
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

/** Of a name's length and three bytes. Letter case does not count: bit 5 is always set. */
function slotOf(bytes: Uint8Array, start: number, end: number): number {
  const length = end - start;
  const first = bytes[start]! | 0x20;
  const middle = bytes[start + (length >> 1)]! | 0x20;
  const last = bytes[end - 1]! | 0x20;
  return (length * 7 + first * 3 + middle * 31 + last * 13) & (SLOT_COUNT - 1);
}

function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

function buildSlots(): readonly (readonly KnownName[] | undefined)[] {
  const slots: (KnownName[] | undefined)[] = Array.from({ length: SLOT_COUNT });
  for (const [id, canonical] of COMMON_NAMES.entries()) {
    const lower = canonical.toLowerCase();
    const lowerBytes = bytesOf(lower);
    const name = { id, canonical, lower, canonicalBytes: bytesOf(canonical), lowerBytes };
    (slots[slotOf(lowerBytes, 0, lowerBytes.length)] ??= []).push(name);
  }
  return slots;
}

const SLOTS = buildSlots();

function equalsInLowerCase(bytes: Uint8Array, start: number, wanted: Uint8Array): boolean {
  for (let index = 0; index < wanted.length; index++) {
    if (LOWER[bytes[start + index]!] !== wanted[index]) return false;
  }
  return true;
}

/** How a known name is written, in the low bits of `findFieldName`'s answer. */
const SPELLING_BITS = 2;
const SPELLING_MASK: number = (1 << SPELLING_BITS) - 1;
const CANONICAL = 0;
const LOWER_CASE = 1;
const MIXED = 2;

/**
 * Looks a name up, which lies in `bytes[start, end)` and is not empty.
 *
 * @returns What `fieldOf` and `sharedFieldName` take; -1 for a name that is not known.
 */
export function findFieldName(
  bytes: Uint8Array,
  start: number,
  end: number,
  helpers: ByteHelpers,
): number {
  const candidates = SLOTS[slotOf(bytes, start, end)];
  if (candidates === undefined) return -1;
  const length = end - start;
  for (let index = 0; index < candidates.length; index++) {
    const { id, canonicalBytes, lowerBytes } = candidates[index]!;
    if (lowerBytes.length !== length) continue;
    const known = id << SPELLING_BITS;
    if (helpers.compare(bytes, start, canonicalBytes, 0, length) === 0) return known | CANONICAL;
    if (helpers.compare(bytes, start, lowerBytes, 0, length) === 0) return known | LOWER_CASE;
    if (equalsInLowerCase(bytes, start, lowerBytes)) return known | MIXED;
  }
  return -1;
}

/** @returns The known name's index: `FIELD.*` for those that matter here. */
export function fieldOf(found: number): number {
  return found >> SPELLING_BITS;
}

const BY_ID: readonly KnownName[] = SLOTS.flatMap((slot) => slot ?? []).toSorted(
  (left, right) => left.id - right.id,
);

/**
 * @param found What `findFieldName` found.
 * @returns The shared string that equals the bytes, or undefined when they mix the cases in a way of
 *   their own.
 */
export function sharedFieldName(found: number): string | undefined {
  const { canonical, lower } = BY_ID[found >> SPELLING_BITS]!;
  const spelling = found & SPELLING_MASK;
  if (spelling === CANONICAL) return canonical;
  return spelling === LOWER_CASE ? lower : undefined;
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
