/** What the command itself says: lines for people on stderr, or JSON lines on stdout. */

export interface Output {
  /** One event of the command: text for people, and its values for programs. */
  event(name: string, text: string, values: Readonly<Record<string, unknown>>): void;
}

/** @param isJson With true, each event is one JSON object on a line of standard output. */
export function createOutput(isJson: boolean): Output {
  return {
    event(name, text, values) {
      if (isJson) process.stdout.write(`${JSON.stringify({ event: name, ...values })}\n`);
      else process.stderr.write(`libos: ${text}\n`);
    },
  };
}
