/** What JavaScript catches where memory runs out in the middle of something: the same error each time. */
import { openImage } from "./image.ts";

const { bareMetal, hal, print } = openImage();
const ROUNDS = 8;
const BLOCK_BYTES = 16_384;

/** Each asks for large blocks until there is none. */
const WAYS: readonly (readonly [what: string, run: () => unknown])[] = [
  [
    "properties",
    () => {
      const object: Record<string, number> = {};
      for (let count = 0; ; count++) object[`p${count}`] = count;
    },
  ],
  [
    "normalize",
    () => {
      for (let text = "e\u0301".repeat(500); ; text += text) text.normalize("NFC");
    },
  ],
  [
    "pattern",
    () => {
      for (let source = "ab".repeat(800); ; source += source) new RegExp(source).test("");
    },
  ],
];

const thrown: unknown[] = [];
let kept: unknown[] = [];
let round = 0;

/** Fills memory but for a gap, which is another one each time. */
function fill(): void {
  try {
    for (;;) kept.push(new Uint8Array(BLOCK_BYTES));
  } catch {
    kept.length = Math.max(0, kept.length - 4 - 5 * (round % ROUNDS));
  }
}

function describe(error: unknown): string {
  return error instanceof Error
    ? `${error.name}: ${error.message}`
    : `no error, but ${typeof error}`;
}

function next(): void {
  if (round === WAYS.length * ROUNDS) {
    for (const [index, [what]] of WAYS.entries()) {
      const errors = thrown.slice(index * ROUNDS, (index + 1) * ROUNDS).map(describe);
      print(`${what}: ${[...new Set(errors)].join(", ")}`);
    }
    hal.power.off(0);
    return;
  }
  const [, run] = WAYS[Math.floor(round / ROUNDS)]!;
  fill();
  try {
    run();
  } catch (error) {
    thrown.push(error);
  }
  kept = [];
  round++;
  bareMetal.schedule(next);
}

next();
