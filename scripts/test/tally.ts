/** What the stages of `npm test` found, added up. */

/** One failure, with what is known about its cause. */
export interface Failure {
  /** Where: stage, file, test and assertion, from the outside in. */
  readonly where: string;
  /** The report of the tool, as it printed it. */
  readonly details: readonly string[];
}

/** Adds up passed, failed and skipped tests over all stages. */
export class Tally {
  passed = 0;
  failed = 0;
  skipped = 0;
  readonly #failures: Failure[] = [];
  readonly #skips: { where: string; reason: string }[] = [];

  pass(): void {
    this.passed++;
  }

  fail(failure: Failure): void {
    this.failed++;
    this.#failures.push(failure);
  }

  skip(where: string, reason: string): void {
    this.skipped++;
    this.#skips.push({ where, reason });
  }

  /** @returns The lines that tell about every skipped test and every failure, failures last. */
  report(): string[] {
    const lines: string[] = [""];
    for (const skip of this.#skips) lines.push(`skipped: ${skip.where} (${skip.reason})`);
    for (const failure of this.#failures) {
      lines.push("", `FAILED: ${failure.where}`);
      for (const line of failure.details) lines.push(`  ${line}`);
    }
    lines.push("");
    return lines;
  }

  /** @returns The last line of `npm test`. */
  summary(): string {
    return `${this.passed} passed, ${this.failed} failed, ${this.skipped} skipped`;
  }
}
