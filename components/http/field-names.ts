/**
 * Names of fields that occur all the time, found from their bytes without making a string: a hash of
 * a few of them, a slot, and a comparison.
 */
import type { ByteHelpers } from "../../libos/hal/mod.ts";
import { LOWER } from "./characters.ts";
import { encodeLatin1 } from "./latin1.ts";

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
const COMMON_NAMES =
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
  "X-Requested-With";

const SLOT_COUNT = 512;

/** By their ids: names as they are usually written, and in lower case. */
const CANONICAL_NAMES: readonly string[] = COMMON_NAMES.split(" ");
const LOWER_NAMES: readonly string[] = COMMON_NAMES.toLowerCase().split(" ");

/** Their bytes, once a message had the name: programs wait for what is made when they start. */
const CANONICAL_BYTES = new Array<Uint8Array | undefined>(CANONICAL_NAMES.length);
const LOWER_BYTES = new Array<Uint8Array | undefined>(LOWER_NAMES.length);

interface NameTables {
  /** The first name in a slot and the next one behind each: its id + 1; 0: none. */
  readonly firstInSlot: Uint8Array;
  readonly nextInSlot: Uint8Array;
  /** For each name, as it is usually written and in lower case, that in lower case. */
  readonly lowerByName: ReadonlyMap<string, string>;
}

const {
  firstInSlot: FIRST_IN_SLOT,
  nextInSlot: NEXT_IN_SLOT,
  lowerByName: LOWER_BY_NAME,
} = makeTables();

/** Of a name's length and three of its bytes. Letter case does not count: bit 5 is always set. */
function slotOf(length: number, first: number, middle: number, last: number): number {
  const sum = (first | 0x20) * 3 + (middle | 0x20) * 31 + (last | 0x20) * 13;
  return (length * 7 + sum) & (SLOT_COUNT - 1);
}

function makeTables(): NameTables {
  const firstInSlot = new Uint8Array(SLOT_COUNT);
  const nextInSlot = new Uint8Array(LOWER_NAMES.length);
  const lowerByName = new Map<string, string>();
  for (let id = 0; id < LOWER_NAMES.length; id++) {
    const name = LOWER_NAMES[id]!;
    const { length } = name;
    const middle = name.charCodeAt(length >> 1);
    const slot = slotOf(length, name.charCodeAt(0), middle, name.charCodeAt(length - 1));
    nextInSlot[id] = firstInSlot[slot]!;
    firstInSlot[slot] = id + 1;
    lowerByName.set(CANONICAL_NAMES[id]!, name);
    lowerByName.set(name, name);
  }
  return { firstInSlot, nextInSlot, lowerByName };
}

function equalsInLowerCase(bytes: Uint8Array, start: number, lowerBytes: Uint8Array): boolean {
  for (let index = 0; index < lowerBytes.length; index++) {
    if (LOWER[bytes[start + index]!] !== lowerBytes[index]) return false;
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
  const length = end - start;
  const middle = bytes[start + (length >> 1)]!;
  let next = FIRST_IN_SLOT[slotOf(length, bytes[start]!, middle, bytes[end - 1]!)]!;
  while (next !== 0) {
    const id = next - 1;
    next = NEXT_IN_SLOT[id]!;
    if (LOWER_NAMES[id]!.length !== length) continue;
    const known = id << SPELLING_BITS;
    const canonical = (CANONICAL_BYTES[id] ??= encodeLatin1(CANONICAL_NAMES[id]!));
    if (helpers.compare(bytes, start, canonical, 0, length) === 0) return known | CANONICAL;
    const lower = (LOWER_BYTES[id] ??= encodeLatin1(LOWER_NAMES[id]!));
    if (helpers.compare(bytes, start, lower, 0, length) === 0) return known | LOWER_CASE;
    if (equalsInLowerCase(bytes, start, lower)) return known | MIXED;
  }
  return -1;
}

/** @returns The known name's index: `FIELD.*` for those that matter here. */
export function fieldOf(found: number): number {
  return found >> SPELLING_BITS;
}

/**
 * @param found What `findFieldName` found.
 * @returns The shared string that equals the bytes, or undefined when they mix the cases in a way of
 *   their own.
 */
export function sharedFieldName(found: number): string | undefined {
  const id = found >> SPELLING_BITS;
  const spelling = found & SPELLING_MASK;
  if (spelling === CANONICAL) return CANONICAL_NAMES[id];
  return spelling === LOWER_CASE ? LOWER_NAMES[id] : undefined;
}

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
