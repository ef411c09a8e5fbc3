/**
 * Lines, quotes, comments and parentheses of a zone file (RFC 1035, 5.1).
 *
 * Text holds one letter for each byte of the file. Escapes stay in fields as they are, for a name and
 * a string read them differently.
 */
import { ZoneError } from "./zone-error.ts";

const [TAB, LINE_FEED, CARRIAGE_RETURN, BLANK, QUOTE] = [9, 10, 13, 32, 34];
const [LEFT_PARENTHESIS, RIGHT_PARENTHESIS, SEMICOLON, BACKSLASH] = [40, 41, 59, 92];

/** One field of an entry. */
export interface Field {
  readonly text: string;
  readonly isQuoted: boolean;
  readonly line: number;
}

/** What stands on one line, or on several that parentheses join. */
export interface Entry {
  readonly line: number;
  /** It begins with a blank: its owner is that of the entry before. */
  readonly hasBlankOwner: boolean;
  /** At least one. */
  readonly fields: readonly Field[];
}

/** Reads one entry after another. */
export class ZoneScanner {
  readonly #text: string;
  readonly #file: string;
  readonly #maxFields: number;
  /** A field without quotes; what is escaped belongs to it, whatever it is. */
  readonly #field = /(?:[^\t\n\r "();\\]|\\[^\n])+/y;
  #at = 0;
  #line = 1;

  constructor(text: string, file: string, maxFields: number) {
    this.#text = text;
    this.#file = file;
    this.#maxFields = maxFields;
  }

  /**
   * @returns The next entry, or undefined at the end of the file.
   * @throws ZoneError for quotes and parentheses that are not closed, and too many fields.
   */
  next(): Entry | undefined {
    const fields: Field[] = [];
    let hasBlankOwner = false;
    let depth = 0;
    let opened = 0;
    let isLineStart = true;
    while (this.#at < this.#text.length) {
      const code = this.#text.charCodeAt(this.#at);
      if (code === LINE_FEED) {
        this.#at++;
        this.#line++;
        if (depth > 0) continue;
        if (fields.length > 0) return entryOf(fields, hasBlankOwner);
        isLineStart = true;
        hasBlankOwner = false;
        continue;
      }
      if (code === BLANK || code === TAB || code === CARRIAGE_RETURN) {
        if (isLineStart) hasBlankOwner = true;
        this.#at++;
      } else if (code === SEMICOLON) {
        this.#skipComment();
      } else if (code === LEFT_PARENTHESIS) {
        if (depth++ === 0) opened = this.#line;
        this.#at++;
      } else if (code === RIGHT_PARENTHESIS) {
        if (depth-- === 0) throw new ZoneError(this.#file, this.#line, '")" without "("');
        this.#at++;
      } else {
        if (fields.length === this.#maxFields) {
          throw new ZoneError(this.#file, this.#line, `more than ${this.#maxFields} fields`);
        }
        fields.push(code === QUOTE ? this.#quoted() : this.#plain());
      }
      isLineStart = false;
    }
    if (depth > 0) throw new ZoneError(this.#file, opened, '"(" without ")"');
    return fields.length > 0 ? entryOf(fields, hasBlankOwner) : undefined;
  }

  #skipComment(): void {
    const end = this.#text.indexOf("\n", this.#at);
    this.#at = end < 0 ? this.#text.length : end;
  }

  #plain(): Field {
    this.#field.lastIndex = this.#at;
    // The character here begins a field, so that it matches; a lone backslash before a line's end, too.
    const text = this.#field.exec(this.#text)?.[0] || this.#text[this.#at]!;
    this.#at += text.length;
    return { text, isQuoted: false, line: this.#line };
  }

  #quoted(): Field {
    const from = ++this.#at;
    for (; this.#at < this.#text.length; this.#at++) {
      const code = this.#text.charCodeAt(this.#at);
      if (code === QUOTE) {
        const text = this.#text.slice(from, this.#at++);
        return { text, isQuoted: true, line: this.#line };
      }
      if (code === LINE_FEED) break;
      if (code === BACKSLASH && this.#text.charCodeAt(this.#at + 1) !== LINE_FEED) this.#at++;
    }
    throw new ZoneError(this.#file, this.#line, "a quote is not closed on its line");
  }
}

function entryOf(fields: readonly Field[], hasBlankOwner: boolean): Entry {
  return { line: fields[0]!.line, hasBlankOwner, fields };
}
