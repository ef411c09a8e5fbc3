/** The first line of a head: a request line (RFC 9112 3) or a status line (RFC 9112 4). */
import { COLON, CR, FIELD_VALUE, LF, SPACE, TARGET, TOKEN } from "./characters.ts";
import type { HeadScanner } from "./head-scanner.ts";
import {
  FIELD_START,
  METHOD,
  REASON,
  START_LINE_END,
  STATUS,
  TARGET_PART,
  VERSION,
} from "./head-state.ts";
import { encodeLatin1 } from "./latin1.ts";
import { knownMethod, startsMethod } from "./methods.ts";

const VERSION_PREFIX: Uint8Array = encodeLatin1("HTTP/1.");
const VERSION_BYTES = 8;
/** " HTTP/1.", and behind it the minor version and CRLF. */
const SPACE_AND_VERSION: Uint8Array = encodeLatin1(" HTTP/1.");
const VERSION_LINE_END_BYTES: number = SPACE_AND_VERSION.length + 3;
const ZERO = 0x30;
const ONE = 0x31;
const NINE = 0x39;

/** @returns The position behind the last byte that was scanned; `scanner.state` tells how far that is. */
export function scanRequestLine(
  scanner: HeadScanner,
  bytes: Uint8Array,
  base: number,
  from: number,
  end: number,
): number {
  if (from === base) {
    const whole = scanWholeRequestLine(scanner, bytes, base, end);
    if (whole >= 0) return whole;
  }
  let at = from;
  while (at < end) {
    switch (scanner.state) {
      case METHOD:
        at = scanMethod(scanner, bytes, base, at, end);
        break;
      case TARGET_PART:
        at = scanner.helpers.span(bytes, at, end, TARGET);
        if (at === end) return at;
        scanner.targetEnd = at - base;
        if (bytes[at] !== SPACE || !isTarget(bytes, base + scanner.mark, at, scanner.method)) {
          scanner.fail("HPE_INVALID_URL", "Invalid request target");
          return at;
        }
        scanner.targetStart = scanner.mark;
        scanner.mark = ++at - base;
        scanner.state = VERSION;
        break;
      case VERSION:
        at = scanVersion(scanner, bytes, base, at, end);
        if (at - base === scanner.mark + VERSION_BYTES && scanner.error === undefined) {
          if (at === end) return at;
          if (bytes[at] !== CR) scanner.fail("HPE_INVALID_VERSION", "Expected CRLF after version");
          scanner.state = START_LINE_END;
          at++;
        }
        break;
      default:
        return scanner.takeLineFeed(bytes, at, FIELD_START, "Expected LF after the start line");
    }
    if (scanner.error !== undefined) return at;
  }
  return at;
}

/**
 * A request line that is all there, in one go.
 *
 * @returns The position behind it; -1, with nothing changed, for one that has to be looked at part
 *   by part.
 */
function scanWholeRequestLine(
  scanner: HeadScanner,
  bytes: Uint8Array,
  base: number,
  end: number,
): number {
  const { helpers } = scanner;
  const methodEnd = helpers.span(bytes, base, end, TOKEN);
  const method = knownMethod(bytes, base, methodEnd);
  if (method === undefined || bytes[methodEnd] !== SPACE) return -1;
  const targetStart = methodEnd + 1;
  const targetEnd = helpers.span(bytes, targetStart, end, TARGET);
  const lineEnd = targetEnd + VERSION_LINE_END_BYTES;
  if (lineEnd > end || !isTarget(bytes, targetStart, targetEnd, method)) return -1;
  const versionBytes = SPACE_AND_VERSION.length;
  if (helpers.compare(bytes, targetEnd, SPACE_AND_VERSION, 0, versionBytes) !== 0) return -1;
  const minor = bytes[targetEnd + versionBytes]! - ZERO;
  if (minor !== 0 && minor !== 1) return -1;
  if (bytes[lineEnd - 2] !== CR || bytes[lineEnd - 1] !== LF) return -1;
  scanner.method = method;
  scanner.targetStart = targetStart - base;
  scanner.targetEnd = targetEnd - base;
  scanner.versionMinor = minor;
  scanner.state = FIELD_START;
  return lineEnd;
}

function scanMethod(
  scanner: HeadScanner,
  bytes: Uint8Array,
  base: number,
  from: number,
  end: number,
): number {
  const at = scanner.helpers.span(bytes, from, end, TOKEN);
  if (at === end) {
    if (!startsMethod(bytes, base, at)) failMethod(scanner);
    return at;
  }
  const method = bytes[at] === SPACE ? knownMethod(bytes, base, at) : undefined;
  if (method === undefined) {
    failMethod(scanner);
    return at;
  }
  scanner.method = method;
  scanner.mark = at + 1 - base;
  scanner.state = TARGET_PART;
  return at + 1;
}

function failMethod(scanner: HeadScanner): void {
  scanner.fail("HPE_INVALID_METHOD", "Invalid method encountered");
}

/** Reads up to the 8 bytes of "HTTP/1.x" from `mark`; the caller sees whether all were there. */
function scanVersion(
  scanner: HeadScanner,
  bytes: Uint8Array,
  base: number,
  from: number,
  end: number,
): number {
  const start = base + scanner.mark;
  const stop = Math.min(end, start + VERSION_BYTES);
  const prefixBytes = VERSION_PREFIX.length;
  const isPrefixed =
    from === start &&
    stop === start + VERSION_BYTES &&
    scanner.helpers.compare(bytes, start, VERSION_PREFIX, 0, prefixBytes) === 0;
  for (let at = isPrefixed ? start + prefixBytes : from; at < stop; at++) {
    const index = at - start;
    const byte = bytes[at]!;
    if (index < VERSION_PREFIX.length) {
      if (byte === VERSION_PREFIX[index]) continue;
      if (index < 5) scanner.fail("HPE_INVALID_CONSTANT", "Expected HTTP/, RTSP/ or ICE/");
      else scanner.fail("HPE_INVALID_VERSION", "Invalid HTTP version");
      return at;
    }
    if (byte !== ZERO && byte !== ONE) {
      scanner.fail("HPE_INVALID_VERSION", "Invalid HTTP version");
      return at;
    }
    scanner.versionMinor = byte - ZERO;
  }
  return stop;
}

/** @returns As `scanRequestLine`. */
export function scanStatusLine(
  scanner: HeadScanner,
  bytes: Uint8Array,
  base: number,
  from: number,
  end: number,
): number {
  let at = from;
  while (at < end) {
    switch (scanner.state) {
      case VERSION:
        at = scanVersion(scanner, bytes, base, at, end);
        if (at - base === VERSION_BYTES && scanner.error === undefined) {
          if (at === end) return at;
          if (bytes[at] !== SPACE) {
            scanner.fail("HPE_INVALID_VERSION", "Expected space after version");
          }
          scanner.mark = ++at - base;
          scanner.statusCode = 0;
          scanner.state = STATUS;
        }
        break;
      case STATUS:
        at = scanStatus(scanner, bytes, base, at);
        break;
      case REASON:
        at = scanner.helpers.span(bytes, at, end, FIELD_VALUE);
        if (at === end) return at;
        scanner.reasonStart = scanner.mark;
        scanner.reasonEnd = at - base;
        if (bytes[at] !== CR)
          scanner.fail("HPE_CR_EXPECTED", "Missing expected CR after response line");
        scanner.state = START_LINE_END;
        at++;
        break;
      default:
        return scanner.takeLineFeed(bytes, at, FIELD_START, "Expected LF after the start line");
    }
    if (scanner.error !== undefined) return at;
  }
  return at;
}

/** One byte of the status code, or the byte behind its three digits. */
function scanStatus(scanner: HeadScanner, bytes: Uint8Array, base: number, at: number): number {
  const byte = bytes[at]!;
  if (at - base - scanner.mark < 3) {
    if (byte < ZERO || byte > NINE) scanner.fail("HPE_INVALID_STATUS", "Invalid status code");
    scanner.statusCode = scanner.statusCode * 10 + byte - ZERO;
    return at + 1;
  }
  if (scanner.statusCode < 100 || (byte !== SPACE && byte !== CR)) {
    scanner.fail("HPE_INVALID_STATUS", "Invalid response status");
  }
  scanner.mark = at + 1 - base;
  scanner.state = REASON;
  if (byte === SPACE) return at + 1;
  scanner.reasonStart = scanner.reasonEnd = scanner.mark;
  scanner.state = START_LINE_END;
  return at + 1;
}

const SLASH = 0x2f;
const ASTERISK = 0x2a;
const QUESTION_MARK = 0x3f;

/** The forms of a request target (RFC 9112 3.2). */
function isTarget(bytes: Uint8Array, start: number, end: number, method: string): boolean {
  if (start === end) return false;
  if (method === "CONNECT") return bytes[start] !== SLASH;
  if (bytes[start] === SLASH) return true;
  if (bytes[start] === ASTERISK) return end - start === 1;
  let at = start;
  while (at < end && bytes[at] !== COLON && bytes[at] !== QUESTION_MARK) at++;
  return at > start && bytes[at] === COLON && bytes[at + 1] === SLASH && bytes[at + 2] === SLASH;
}
