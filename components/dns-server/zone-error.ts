/** What is wrong in a zone file, and where. Its message is one line: `FILE:LINE: WHAT`. */
export class ZoneError extends Error {
  override readonly name = "ZoneError";
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;

  constructor(file: string, line: number, what: string) {
    super(`${file}:${line}: ${what}`);
    this.file = file;
    this.line = line;
  }
}
