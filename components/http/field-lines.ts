/** The lines behind the first: fields, and the empty line (RFC 9112 5); also a trailer section's. */
import { COLON, CR, FIELD_VALUE, LF, SPACE, TAB, TOKEN } from "./characters.ts";
import { findFieldName } from "./field-names.ts";
import type { HeadScanner } from "./head-scanner.ts";
import {
  BEFORE_VALUE,
  DONE,
  FIELD_NAME,
  FIELD_START,
  HEAD_END,
  SPAN_SIZE,
  VALUE,
  VALUE_END,
} from "./head-state.ts";

/** @returns The position behind the last byte that was scanned; `scanner.state` tells how far that is. */
export function scanFields(
  scanner: HeadScanner,
  bytes: Uint8Array,
  base: number,
  from: number,
  end: number,
): number {
  let at = from;
  while (at < end) {
    switch (scanner.state) {
      case FIELD_START:
        at = beginField(scanner, bytes, base, at);
        break;
      case FIELD_NAME:
        at = scanner.helpers.span(bytes, at, end, TOKEN);
        if (at === end) return at;
        if (bytes[at] !== COLON) {
          scanner.fail("HPE_INVALID_HEADER_TOKEN", "Invalid header token");
          return at;
        }
        endName(scanner, bytes, base, at++);
        break;
      case BEFORE_VALUE:
        while (at < end && (bytes[at] === SPACE || bytes[at] === TAB)) at++;
        scanner.mark = at - base;
        if (at < end) scanner.state = VALUE;
        break;
      case VALUE:
        at = scanner.helpers.span(bytes, at, end, FIELD_VALUE);
        if (at === end) return at;
        endValue(scanner, bytes, base, at++);
        break;
      case VALUE_END:
        at = scanner.takeLineFeed(bytes, at, FIELD_START, "Missing expected LF after header value");
        recordValue(scanner);
        break;
      default:
        return scanner.takeLineFeed(bytes, at, DONE, "Expected LF after headers");
    }
    if (scanner.error !== undefined) return at;
  }
  return at;
}

/** The first byte of a line: the empty line's CR, or a name. A fold (RFC 9112 5.2) is refused. */
function beginField(scanner: HeadScanner, bytes: Uint8Array, base: number, at: number): number {
  const byte = bytes[at]!;
  if (byte === CR) {
    scanner.state = HEAD_END;
    return at + 1;
  }
  if (TOKEN[byte] !== 1) {
    if (byte !== SPACE && byte !== TAB) {
      scanner.fail("HPE_INVALID_HEADER_TOKEN", "Invalid header token");
    } else if (scanner.fieldCount === 0) {
      scanner.fail("HPE_UNEXPECTED_SPACE", "Unexpected space after start line");
    } else {
      scanner.fail("HPE_INVALID_HEADER_TOKEN", "Unexpected whitespace after header value");
    }
    return at;
  }
  if (scanner.fieldCount >= scanner.limits.maxHeaderCount) {
    scanner.fail("HPE_HEADER_OVERFLOW", `More than ${scanner.limits.maxHeaderCount} header fields`);
    return at;
  }
  scanner.mark = at - base;
  scanner.state = FIELD_NAME;
  return at;
}

function endName(scanner: HeadScanner, bytes: Uint8Array, base: number, at: number): void {
  const start = scanner.fieldCount * SPAN_SIZE;
  if (start === scanner.spans.length) {
    const larger = new Int32Array(scanner.spans.length * 2);
    larger.set(scanner.spans);
    scanner.spans = larger;
  }
  scanner.spans[start] = scanner.mark;
  scanner.spans[start + 1] = at - base;
  scanner.spans[start + 4] = findFieldName(bytes, base + scanner.mark, at, scanner.helpers);
  scanner.state = BEFORE_VALUE;
}

function endValue(scanner: HeadScanner, bytes: Uint8Array, base: number, at: number): void {
  if (bytes[at] !== CR) {
    if (bytes[at] === LF) {
      scanner.fail("HPE_CR_EXPECTED", "Missing expected CR after header value");
    } else {
      scanner.fail("HPE_INVALID_HEADER_TOKEN", "Invalid header value char");
    }
    return;
  }
  let valueEnd = at;
  const valueStart = base + scanner.mark;
  while (valueEnd > valueStart && (bytes[valueEnd - 1] === SPACE || bytes[valueEnd - 1] === TAB)) {
    valueEnd--;
  }
  scanner.valueEnd = valueEnd - base;
  scanner.state = VALUE_END;
}

function recordValue(scanner: HeadScanner): void {
  const start = scanner.fieldCount * SPAN_SIZE;
  scanner.spans[start + 2] = scanner.mark;
  scanner.spans[start + 3] = scanner.valueEnd;
  scanner.fieldCount++;
}
