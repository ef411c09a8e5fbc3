/** Parts of `node:util` about text: colours, and the arguments of a command. */

/** Codes of ECMA-48 (8.3.117, SGR) by the names of Node: begin, end. */
const STYLES: Readonly<Record<string, readonly [begin: number, end: number]>> = {
  reset: [0, 0],
  bold: [1, 22],
  dim: [2, 22],
  italic: [3, 23],
  underline: [4, 24],
  inverse: [7, 27],
  hidden: [8, 28],
  strikethrough: [9, 29],
  black: [30, 39],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  blue: [34, 39],
  magenta: [35, 39],
  cyan: [36, 39],
  white: [37, 39],
  gray: [90, 39],
  grey: [90, 39],
  redBright: [91, 39],
  greenBright: [92, 39],
  yellowBright: [93, 39],
  blueBright: [94, 39],
  magentaBright: [95, 39],
  cyanBright: [96, 39],
  whiteBright: [97, 39],
  bgBlack: [40, 49],
  bgRed: [41, 49],
  bgGreen: [42, 49],
  bgYellow: [43, 49],
  bgBlue: [44, 49],
  bgMagenta: [45, 49],
  bgCyan: [46, 49],
  bgWhite: [47, 49],
};

function invalid(name: string, what: string): never {
  throw Object.assign(new TypeError(what), { code: name });
}

/**
 * Puts a style around text. The console of a machine is no terminal, so that nothing is put around it
 * unless `validateStream` is false.
 */
export function styleText(
  format: string | readonly string[],
  text: string,
  { validateStream = true }: { readonly validateStream?: boolean } = {},
): string {
  const names = typeof format === "string" ? [format] : format;
  const styles = names.map(
    (name) => STYLES[name] ?? invalid("ERR_INVALID_ARG_VALUE", `'${name}' is no style of text`),
  );
  if (validateStream) return text;
  return styles.reduceRight(
    (inner, [begin, end]) => `\u001B[${begin}m${inner}\u001B[${end}m`,
    text,
  );
}

const SEQUENCES =
  // eslint-disable-next-line no-control-regex -- these are what is looked for
  /\u001B(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007]*(?:\u0007|\u001B\\)|[@-Z\\^_])/g;

/** @returns Text without the control sequences of ECMA-48. */
export function stripVTControlCharacters(text: string): string {
  return text.replace(SEQUENCES, "");
}

interface OptionConfig {
  readonly type: "boolean" | "string";
  readonly short?: string;
  readonly multiple?: boolean;
  readonly default?: unknown;
}

export interface ParseArgsConfig {
  readonly args?: readonly string[];
  readonly options?: Readonly<Record<string, OptionConfig>>;
  readonly strict?: boolean;
  readonly allowPositionals?: boolean;
  readonly allowNegative?: boolean;
}

interface Parsed {
  readonly values: Record<string, unknown>;
  readonly positionals: string[];
}

/** Reads the arguments of a command, as Node's `util.parseArgs` (without `tokens`). */
export function parseArgs(config: ParseArgsConfig = {}): Parsed {
  const { options = {}, strict = true, allowPositionals = !strict, allowNegative } = config;
  const rest = [...(config.args ?? process.argv.slice(2))];
  const values: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  const positionals: string[] = [];
  const store = (name: string, shown: string, value: string | undefined): void => {
    const option = Object.hasOwn(options, name) ? options[name] : undefined;
    if (option === undefined && strict) {
      invalid("ERR_PARSE_ARGS_UNKNOWN_OPTION", `Unknown option '${shown}'`);
    }
    if (strict && option?.type === "string" && value === undefined) {
      invalid("ERR_PARSE_ARGS_INVALID_OPTION_VALUE", `Option '${shown} <value>' argument missing`);
    }
    if (strict && option?.type === "boolean" && value !== undefined) {
      invalid("ERR_PARSE_ARGS_INVALID_OPTION_VALUE", `Option '${shown}' does not take an argument`);
    }
    const stored = value ?? true;
    if (option?.multiple !== true) values[name] = stored;
    else values[name] = [...((values[name] as unknown[] | undefined) ?? []), stored];
  };
  const takeValue = (name: string): string | undefined =>
    options[name]?.type === "string" && rest.length > 0 ? rest.shift() : undefined;
  const nameOf = (letter: string): string =>
    Object.keys(options).find((name) => options[name]!.short === letter) ?? letter;
  while (rest.length > 0) {
    const word = rest.shift()!;
    if (word === "--") {
      positionals.push(...rest.splice(0));
    } else if (word.startsWith("--")) {
      const [name = "", ...parts] = word.slice(2).split("=");
      const positive = name.replace(/^no-/, "");
      if (allowNegative === true && positive !== name && options[positive]?.type === "boolean") {
        values[positive] = false;
      } else {
        store(name, `--${name}`, parts.length > 0 ? parts.join("=") : takeValue(name));
      }
    } else if (word.startsWith("-") && word.length > 1) {
      readShort(word, nameOf, options, store, takeValue);
    } else {
      positionals.push(word);
    }
  }
  if (positionals.length > 0 && !allowPositionals) {
    invalid(
      "ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL",
      `Unexpected argument '${positionals[0]}'. This command does not take positional arguments`,
    );
  }
  for (const [name, option] of Object.entries(options)) {
    if (option.default !== undefined) values[name] ??= option.default;
  }
  return { values, positionals };
}

/** "-abc" and "-fVALUE". */
function readShort(
  word: string,
  nameOf: (letter: string) => string,
  options: Readonly<Record<string, OptionConfig>>,
  store: (name: string, shown: string, value: string | undefined) => void,
  takeValue: (name: string) => string | undefined,
): void {
  for (let index = 1; index < word.length; index++) {
    const name = nameOf(word[index]!);
    const isLast = index === word.length - 1;
    if (options[name]?.type === "string" && !isLast) {
      store(name, `-${word[index]!}`, word.slice(index + 1));
      return;
    }
    store(name, `-${word[index]!}`, isLast ? takeValue(name) : undefined);
  }
}
