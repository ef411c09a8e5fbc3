/** The command line of `npm run bench`. */
import { parseArgs } from "node:util";

/** What the person asked for. */
export interface BenchArguments {
  readonly quick: boolean;
  /** Only suites and rows whose names contain one of these; everything when empty. */
  readonly only: readonly string[];
  /** Where the JSON goes: a file, `-` for standard output, or nowhere. */
  readonly json: string | undefined;
  readonly help: boolean;
}

export const USAGE = `usage: npm run bench -- [--quick] [--only NAME]… [--json [FILE]]

Measures libos beside its peers and prints the ratios.

  --quick        short rounds, to see that everything works
  --only NAME    only what has NAME in its name: tcp, fs, "read 4 KiB"; may be given again
  --json [FILE]  the result as JSON, to FILE or to standard output
  --help         this text

example: npm run bench -- --only tcp --json tcp.json`;

/**
 * @param words The arguments after the program's name.
 * @returns What they ask for, or a line that says what is wrong with them.
 */
export function parseBenchArguments(words: readonly string[]): BenchArguments | string {
  try {
    const { values } = parseArgs({
      args: withJsonValue(words),
      options: {
        quick: { type: "boolean", default: false },
        only: { type: "string", multiple: true, default: [] },
        json: { type: "string" },
        help: { type: "boolean", default: false },
      },
    });
    return { quick: values.quick, only: values.only, json: values.json, help: values.help };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** `--json` alone means standard output. */
function withJsonValue(words: readonly string[]): string[] {
  return words.map((word, index) => {
    const next = words[index + 1];
    return word === "--json" && (next === undefined || next.startsWith("--")) ? "--json=-" : word;
  });
}
