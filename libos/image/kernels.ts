/** The kernels that `scripts/build-kernel.ts` builds, what each can do, and which one a program needs. */

/** What an image is to be: quick, or small. */
export type Optimize = "speed" | "size";

/** One kernel with its engine. */
export interface Kernel {
  /** Its file, beside `compiler.wasm`, which serves all of them. */
  readonly file: string;
  /** Whether it runs source, `eval` and `new Function`. The others run bytecode only. */
  readonly hasParser: boolean;
  /** What it has not of the language, as patterns of source and words for a person. */
  readonly lacks: readonly Lack[];
}

interface Lack {
  readonly pattern: RegExp;
  readonly what: string;
}

/** As the bundler prints code: no blank before a parenthesis, and no comments. */
const PARSER: Lack = {
  pattern:
    /(?<![\w$."'`[])(?<!instanceof )(?:eval|Function)(?=[(),;\]}=])|\b(?:globalThis|global|self|window)\.(?:eval|Function)\b/,
  what: "eval and Function",
};

const RARE: readonly Lack[] = [
  { pattern: /\bIterator\.zip/, what: "Iterator.zip and zipKeyed" },
  { pattern: /\bArray\.fromAsync\b/, what: "Array.fromAsync" },
  { pattern: /(?<![\w$"'`])(?:Async)?DisposableStack\b/, what: "DisposableStack" },
  { pattern: /(?<![\w$."'`])(?:atob|btoa)\b/, what: "atob and btoa" },
  {
    pattern: /\.normalize\((?:\)|["'`]NF)/,
    what: "normalize for text beyond Latin",
  },
  {
    pattern: /\\\\[pP]\{/,
    what: "\\p{…} in a regular expression that is made of a string",
  },
];

/** By what they are for. */
export const KERNELS: Readonly<Record<Optimize | "full", Kernel>> = {
  speed: { file: "libos-x86_64.elf", hasParser: false, lacks: [PARSER] },
  size: { file: "libos-x86_64-small.elf", hasParser: false, lacks: [PARSER, ...RARE] },
  full: { file: "libos-x86_64-full.elf", hasParser: true, lacks: [] },
};

/**
 * What a program uses and a kernel has not. It looks for names in the bundle: what is reached by a name
 * that is put together at run time, or through `constructor`, is not found here and throws in the image.
 */
export function missingFrom(kernel: Kernel, code: string): string[] {
  return kernel.lacks.filter(({ pattern }) => pattern.test(code)).map(({ what }) => what);
}

/**
 * @param code The bundle, as it is shipped.
 * @param isBytecode Whether it will be compiled by the image builder.
 * @returns The kernel for it: what was asked for, or the next larger one that has what the program uses.
 */
export function chooseKernel(optimize: Optimize, code: string, isBytecode: boolean): Kernel {
  if (!isBytecode) return KERNELS.full;
  const candidates = optimize === "size" ? [KERNELS.size, KERNELS.speed] : [KERNELS.speed];
  return candidates.find((kernel) => missingFrom(kernel, code).length === 0) ?? KERNELS.full;
}
