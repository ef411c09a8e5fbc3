/**
 * What the interpreter's quick paths must not get wrong, case by case: the image's engine and Node give the
 * same text (`engine.test.ts`). What is thrown shows the error's name, since engines word it differently.
 */
import { attempt, ROUNDS, text, type Case } from "./case.ts";
import { asynchronous, calls, closures, unwinding } from "./functions.ts";
import { accessors, classes, privates, prototypes, proxies } from "./objects.ts";
import { arrays, conversions, equality, numbers } from "./values.ts";

const CASES: Readonly<Record<string, Case>> = {
  numbers,
  equality,
  prototypes,
  accessors,
  proxies,
  privates,
  calls,
  closures,
  unwinding,
  arrays,
  classes,
  conversions,
};

/** @returns A line for each case and round. */
export async function runCases(): Promise<string[]> {
  const lines: string[] = [];
  for (const [name, run] of Object.entries(CASES)) {
    for (let round = 1; round <= ROUNDS; round++) lines.push(`${name} ${round}: ${attempt(run)}`);
  }
  lines.push(`asynchronous: ${text(await asynchronous())}`);
  return lines;
}
