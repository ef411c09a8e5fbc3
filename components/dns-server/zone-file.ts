/**
 * Zone files: the master files of RFC 1035, 5, with `$TTL` (RFC 2308, 4), times like `1h30m` as BIND
 * takes them, and unknown types (RFC 3597, 5).
 */
import { DNS_CLASS, isName, type DnsRecord } from "../dns/mod.ts";
import { FieldReader } from "./field-reader.ts";
import { parseRecordData, typeOf } from "./record-text.ts";
import { parseTime } from "./numbers.ts";
import { DNS_SERVER_LIMITS, type DnsServerLimits } from "./limits.ts";
import { absoluteName } from "./names.ts";
import { ZoneError } from "./zone-error.ts";
import { ZoneScanner, type Entry } from "./zone-scanner.ts";

/** A record, and where it stands. */
export interface ZoneRecord extends DnsRecord {
  readonly line: number;
}

/** A zone file that was read; `createZone` makes a zone of it. */
export interface ZoneFile {
  /** What errors call it. */
  readonly file: string;
  /** In the order of the file. */
  readonly records: readonly ZoneRecord[];
}

/** How a zone file is read. */
export interface ZoneFileOptions {
  /** What errors call the file. */
  readonly file: string;
  /** The first `$ORIGIN`: a domain name, absolute with or without a dot at its end. Default ".". */
  readonly origin?: string;
  readonly limits?: Pick<DnsServerLimits, "maxFields" | "maxFileBytes" | "maxRecords">;
}

/** Where `CLASS` is expected: those of RFC 1035, of which only IN is served. */
const OTHER_CLASSES: readonly string[] = ["CH", "CS", "HS"];

/**
 * Reads a zone file.
 *
 * @param bytes The file: ASCII, any other byte stands for itself.
 * @throws ZoneError with file, line, and what is wrong.
 */
export function parseZoneFile(bytes: Uint8Array, options: ZoneFileOptions): ZoneFile {
  const { file, limits = DNS_SERVER_LIMITS } = options;
  if (bytes.length > limits.maxFileBytes) {
    throw new ZoneError(file, 1, `the file is longer than ${limits.maxFileBytes} bytes`);
  }
  const parser = new ZoneFileParser(file, options.origin ?? ".", limits.maxRecords);
  const scanner = new ZoneScanner(latin1(bytes), file, limits.maxFields);
  for (let entry = scanner.next(); entry !== undefined; entry = scanner.next()) parser.add(entry);
  return { file, records: parser.records };
}

/** Bytes that one call makes letters of: arguments of a call are bounded. */
const CHUNK_BYTES = 4_096;

function latin1(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
    const chunk = bytes.subarray(at, at + CHUNK_BYTES);
    // Not by "...", which takes an interpreter a call for each byte.
    text += String.fromCharCode.apply(undefined, chunk as unknown as number[]);
  }
  return text;
}

class ZoneFileParser {
  readonly records: ZoneRecord[] = [];
  readonly #file: string;
  readonly #maxRecords: number;
  #origin: string;
  #owner: string | undefined;
  /** `$TTL`, and the TTL that a record gave last: RFC 1035's default where there is no `$TTL`. */
  #defaultTtlS: number | undefined;
  #lastTtlS: number | undefined;

  constructor(file: string, origin: string, maxRecords: number) {
    this.#file = file;
    this.#maxRecords = maxRecords;
    const name = absoluteName(origin.endsWith(".") ? origin : `${origin}.`, ".");
    // Text from elsewhere may have letters that are no bytes.
    if (name === undefined || !isName(name)) {
      throw new ZoneError(file, 1, `not a domain name: ${origin}`);
    }
    this.#origin = name;
  }

  add(entry: Entry): void {
    const reader = new FieldReader(entry, this.#file, this.#origin);
    const first = entry.fields[0]!;
    if (!first.isQuoted && first.text.startsWith("$")) this.#direct(reader);
    else this.#addRecord(reader, entry);
  }

  /** `$ORIGIN`, `$TTL`. */
  #direct(reader: FieldReader): void {
    const directive = reader.word("a directive");
    switch (directive.toUpperCase()) {
      case "$ORIGIN":
        this.#origin = reader.name();
        break;
      case "$TTL":
        this.#defaultTtlS = reader.time();
        break;
      case "$INCLUDE":
        reader.fail("$INCLUDE is not supported: put the records into this file");
      // falls through: fail() throws
      default:
        reader.fail(`unknown directive ${directive}; there are $ORIGIN and $TTL`);
    }
    reader.end();
  }

  #addRecord(reader: FieldReader, entry: Entry): void {
    if (!entry.hasBlankOwner) this.#owner = reader.name();
    const name = this.#owner ?? reader.fail("the first record has no owner");
    const ttlS = readTtlAndClass(reader);
    const typeWord = reader.word("a record type");
    const type = typeOf(typeWord) ?? reader.fail(unknownType(typeWord));
    const data = parseRecordData(type, reader);
    reader.end();
    if (this.records.length === this.#maxRecords) {
      reader.fail(`more than ${this.#maxRecords} records`);
    }
    if (ttlS !== undefined) this.#lastTtlS = ttlS;
    else if (data.kind === "SOA") this.#lastTtlS ??= data.minimumS;
    this.records.push({
      name,
      type,
      class: DNS_CLASS.IN,
      ttlS:
        ttlS ??
        this.#defaultTtlS ??
        this.#lastTtlS ??
        reader.fail("no TTL: begin the file with a line like $TTL 1h"),
      data,
      line: entry.line,
    });
  }
}

/** TTL and class come in either order, and each may be missing. */
function readTtlAndClass(reader: FieldReader): number | undefined {
  let ttlS: number | undefined;
  let hasClass = false;
  for (;;) {
    const word = reader.peek();
    const upper = word?.toUpperCase() ?? "";
    if (!hasClass && (upper === "IN" || upper === "CLASS1")) hasClass = true;
    else if (OTHER_CLASSES.includes(upper)) reader.fail(`class ${upper}: only IN is served`);
    else if (ttlS === undefined && word !== undefined && parseTime(word) !== undefined) {
      ttlS = reader.time();
      continue;
    } else return ttlS;
    reader.word("a class");
  }
}

function unknownType(word: string): string {
  return `unknown type ${word}; write a type that has no name here as TYPE65 \\# LENGTH HEX (RFC 3597)`;
}
