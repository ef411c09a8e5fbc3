/**
 * Code without its comments and the contents of its strings, so that a search for names finds code
 * only. Lines keep their numbers.
 */

const IDENTIFIER_END = /[\w$)\]}]$/;
/** After these words a slash begins a regular expression, though a word stands before it. */
const BEFORE_REGEXP = /(?:^|[^\w$.])(?:return|typeof|case|in|of|do|else|void|delete|throw|new)$/;

/** @returns The code, with each comment, string and regular expression emptied. */
export function plainCode(text: string): string {
  return new Stripper(text, "code").run();
}

/** @returns The code without comments; strings stay, for the names of imported modules. */
export function withoutComments(text: string): string {
  return new Stripper(text, "comments").run();
}

class Stripper {
  readonly #text: string;
  readonly #keepStrings: boolean;
  #at = 0;
  #out = "";

  constructor(text: string, strip: "code" | "comments") {
    this.#text = text;
    this.#keepStrings = strip === "comments";
  }

  run(): string {
    this.#code(undefined);
    return this.#out;
  }

  /** Reads code up to the end, or up to the brace that closes `${` in a template. */
  #code(closing: "}" | undefined): void {
    const text = this.#text;
    let depth = 0;
    while (this.#at < text.length) {
      const rest = text.slice(this.#at, this.#at + 2);
      const char = rest[0]!;
      if (rest === "//") this.#skip(/[^\n]*/y, false);
      else if (rest === "/*") this.#skip(/\/\*[\s\S]*?(?:\*\/|$)/y, false);
      else if (char === '"') this.#skip(/"(?:[^"\\\n]|\\[\s\S])*"?/y, true);
      else if (char === "'") this.#skip(/'(?:[^'\\\n]|\\[\s\S])*'?/y, true);
      else if (char === "`") this.#template();
      else if (char === "/" && this.#regexpMayBegin())
        this.#skip(/\/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])*\/\w*/y, true);
      else {
        if (char === "{") depth++;
        if (char === "}" && closing === "}" && depth-- === 0) return;
        this.#out += char;
        this.#at++;
      }
    }
  }

  #regexpMayBegin(): boolean {
    const before = this.#out.trimEnd();
    return !IDENTIFIER_END.test(before) || BEFORE_REGEXP.test(before);
  }

  #template(): void {
    this.#out += "`";
    this.#at++;
    while (this.#at < this.#text.length) {
      const char = this.#text[this.#at]!;
      if (char === "`") break;
      if (this.#text.startsWith("${", this.#at)) {
        this.#out += "${";
        this.#at += 2;
        this.#code("}");
        this.#out += "}";
        this.#at++;
        continue;
      }
      const width = char === "\\" ? 2 : 1;
      const piece = this.#text.slice(this.#at, this.#at + width);
      this.#out += this.#keepStrings ? piece : piece.replaceAll(/[^\n]/g, "");
      this.#at += width;
    }
    this.#out += "`";
    this.#at++;
  }

  /** Passes over what `pattern` matches here and keeps its line ends, or all of a wanted string. */
  #skip(pattern: RegExp, isString: boolean): void {
    pattern.lastIndex = this.#at;
    const matched = pattern.exec(this.#text)?.[0];
    if (matched === undefined || matched === "") {
      this.#out += this.#text[this.#at++];
      return;
    }
    this.#at += matched.length;
    if (isString && this.#keepStrings) this.#out += matched;
    else if (isString) this.#out += '""' + matched.replaceAll(/[^\n]/g, "");
    else this.#out += " " + matched.replaceAll(/[^\n]/g, "");
  }
}
