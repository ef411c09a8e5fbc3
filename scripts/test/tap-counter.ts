/**
 * Reads a TAP 14 stream and counts tests.
 *
 * A test is a subtest without further subtests: `t.test("flow drops …")`. What holds subtests (a file,
 * a group) is no test of its own, yet counts as one failure when it fails and nothing inside it did:
 * a file that cannot be loaded. A line with a directive (skipped, or not done yet) counts as skipped.
 */
import type { Tally } from "./tally.ts";

/** One finished test file. */
export interface FinishedFile {
  readonly name: string;
  readonly ok: boolean;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly ms: number;
}

interface OpenSubtest {
  readonly name: string;
  readonly indent: number;
  readonly countsBefore: Counts;
  hasSubtests: boolean;
  assertCount: number;
  skipCount: number;
  /** The reports of its own failed assertions. */
  readonly details: string[];
}

interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

const SUBTEST = /^(?<indent> *)# Subtest: (?<name>.*)$/;
const RESULT =
  /^(?<indent> *)(?<not>not )?ok(?: \d+)?(?: - (?<name>.*?))?(?:(?<!\\) # (?<directive>.*))?$/;
const SKIP = /^(?:skip|todo)\S*\s*(?<reason>.*)$/i;
const TIME = /^time=(?<ms>[\d.]+)ms/;
/** A report longer than this (a diff of large buffers) is cut. */
const DETAIL_LINES_MAX = 80;

/** Feeds on lines and tells a `Tally` about each test. */
export class TapCounter {
  readonly #tally: Tally;
  readonly #onFile: (file: FinishedFile) => void;
  readonly #open: OpenSubtest[] = [];
  /** The indentation of the YAML block that is being read, or -1. */
  #yamlIndent = -1;
  /** Where the lines of the YAML block go. */
  #yamlTarget: string[] | undefined;

  /**
   * @param onFile Called when a subtest of the outermost level, a test file, has ended.
   */
  constructor(tally: Tally, onFile: (file: FinishedFile) => void) {
    this.#tally = tally;
    this.#onFile = onFile;
  }

  /** Takes the next line of the stream, without its line end. What is no TAP is passed over. */
  line(line: string): void {
    if (this.#readYaml(line)) return;
    const subtest = SUBTEST.exec(line)?.groups;
    if (subtest !== undefined) {
      this.#begin(subtest["name"] ?? "", subtest["indent"]?.length ?? 0);
      return;
    }
    const result = RESULT.exec(line)?.groups;
    if (result === undefined) return;
    const ok = result["not"] === undefined;
    const indent = result["indent"]?.length ?? 0;
    const name = result["name"] ?? "";
    const directive = result["directive"] ?? "";
    const top = this.#open.at(-1);
    if (top !== undefined && top.indent === indent && top.name === name) {
      this.#open.pop();
      this.#close(top, ok, directive);
      this.#yamlTarget = undefined;
    } else if (top === undefined || indent > top.indent) {
      this.#assertion(top, name, ok, directive);
    }
  }

  /** The stream is over: what is still open did not come to its end. */
  end(): void {
    for (;;) {
      const top = this.#open.pop();
      if (top === undefined) return;
      if (this.#tally.failed > top.countsBefore.failed) continue;
      this.#tally.fail({ where: this.#path(top.name), details: ["ended without a result"] });
    }
  }

  #begin(name: string, indent: number): void {
    const parent = this.#open.at(-1);
    if (parent !== undefined) parent.hasSubtests = true;
    const { passed, failed, skipped } = this.#tally;
    this.#open.push({
      name,
      indent,
      countsBefore: { passed, failed, skipped },
      hasSubtests: false,
      assertCount: 0,
      skipCount: 0,
      details: [],
    });
  }

  #assertion(top: OpenSubtest | undefined, name: string, ok: boolean, directive: string): void {
    const skip = SKIP.exec(directive)?.groups;
    if (top !== undefined) top.assertCount++;
    if (skip !== undefined) {
      if (top !== undefined) top.skipCount++;
      this.#tally.skip(this.#path(name), skip["reason"] || "no reason given");
      return;
    }
    if (top === undefined) {
      // Deno prints a test without steps as a bare result.
      if (ok) this.#tally.pass();
      else this.#failWithYaml(name, []);
      return;
    }
    if (!ok) {
      top.details.push(`not ok: ${name}`);
      this.#yamlTarget = top.details;
    }
  }

  #failWithYaml(name: string, details: string[]): void {
    this.#tally.fail({ where: this.#path(name), details });
    this.#yamlTarget = details;
  }

  #close(subtest: OpenSubtest, ok: boolean, directive: string): void {
    const before = subtest.countsBefore;
    const skip = SKIP.exec(directive)?.groups;
    if (skip !== undefined) {
      this.#tally.skip(this.#path(subtest.name), skip["reason"] || "no reason given");
    } else if (!ok) {
      if (this.#tally.failed === before.failed) {
        this.#tally.fail({ where: this.#path(subtest.name), details: subtest.details });
      }
    } else if (!subtest.hasSubtests && subtest.skipCount < Math.max(1, subtest.assertCount)) {
      this.#tally.pass();
    }
    if (this.#open.length > 0) return;
    this.#onFile({
      name: subtest.name,
      ok,
      passed: this.#tally.passed - before.passed,
      failed: this.#tally.failed - before.failed,
      skipped: this.#tally.skipped - before.skipped,
      ms: Math.round(Number(TIME.exec(directive)?.groups?.["ms"] ?? 0)),
    });
  }

  /** @returns Whether the line belonged to a YAML block. */
  #readYaml(line: string): boolean {
    const text = line.trimStart();
    const indent = line.length - text.length;
    if (this.#yamlIndent < 0) {
      if (text !== "---") return false;
      this.#yamlIndent = indent;
      return true;
    }
    if (text === "..." && indent === this.#yamlIndent) {
      this.#yamlIndent = -1;
      this.#yamlTarget = undefined;
    } else if (this.#yamlTarget !== undefined && this.#yamlTarget.length < DETAIL_LINES_MAX) {
      this.#yamlTarget.push(line.slice(Math.min(indent, this.#yamlIndent)));
    }
    return true;
  }

  #path(name: string): string {
    return [...this.#open.map((subtest) => subtest.name), name].join(" > ");
  }
}
