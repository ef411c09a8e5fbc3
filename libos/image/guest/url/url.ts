/** `URL` (WHATWG URL, 6.1). */
import { percentEncode, SETS } from "./encode.ts";
import { parseHost } from "./host.ts";
import { formatPath, formatUrl, isSpecial, parseUrl, resolvePath, SPECIAL } from "./parse.ts";
import type { UrlParts } from "./parse.ts";
import { URLSearchParams } from "./search-params.ts";

function invalid(input: string): TypeError {
  return Object.assign(new TypeError("Invalid URL"), { code: "ERR_INVALID_URL", input });
}

function parse(text: unknown, base: unknown): UrlParts | undefined {
  if (base === undefined) return parseUrl(String(text));
  const from = parseUrl(String(base));
  return from && parseUrl(String(text), from);
}

export class URL {
  #parts: UrlParts;
  #search: ReturnType<typeof URLSearchParams.of> | undefined;

  /** @throws TypeError with code ERR_INVALID_URL. */
  constructor(text: unknown, base?: unknown) {
    const parts = parse(text, base);
    if (parts === undefined) throw invalid(String(text));
    this.#parts = parts;
  }

  static canParse(text: unknown, base?: unknown): boolean {
    return parse(text, base) !== undefined;
  }

  static parse(text: unknown, base?: unknown): URL | null {
    return URL.canParse(text, base) ? new URL(text, base) : null;
  }

  get href(): string {
    return formatUrl(this.#parts);
  }
  set href(text: string) {
    const parts = parseUrl(String(text));
    if (parts === undefined) throw invalid(text);
    this.#parts = parts;
    this.#search?.reset(parts.query ?? "");
  }

  get origin(): string {
    const { scheme } = this.#parts;
    return isSpecial(scheme) && scheme !== "file" ? `${this.protocol}//${this.host}` : "null";
  }

  get protocol(): string {
    return `${this.#parts.scheme}:`;
  }
  set protocol(text: string) {
    const scheme = /^([a-z][a-z\d+.-]*)(?::|$)/i.exec(text)?.[1]?.toLowerCase();
    if (scheme === undefined || isSpecial(scheme) !== isSpecial(this.#parts.scheme)) return;
    this.#parts.scheme = scheme;
    if (this.#parts.port === SPECIAL[scheme]) this.#parts.port = "";
  }

  get username(): string {
    return this.#parts.username;
  }
  set username(text: string) {
    if (this.#parts.host) this.#parts.username = percentEncode(String(text), SETS.userinfo);
  }

  get password(): string {
    return this.#parts.password;
  }
  set password(text: string) {
    if (this.#parts.host) this.#parts.password = percentEncode(String(text), SETS.userinfo);
  }

  get host(): string {
    return this.hostname + (this.port === "" ? "" : `:${this.port}`);
  }
  set host(text: string) {
    const found = /^(\[[^\]]*\]|[^:/?#\\]*)(?::(\d+))?/.exec(text);
    this.hostname = found?.[1] ?? "";
    if (found?.[2] !== undefined) this.port = found[2];
  }

  get hostname(): string {
    return this.#parts.host ?? "";
  }
  set hostname(text: string) {
    if (typeof this.#parts.path === "string") return;
    const host = parseHost(
      /^(?:\[[^\]]*\]|[^:/?#\\]*)/.exec(text)![0],
      isSpecial(this.#parts.scheme),
    );
    if (host !== undefined) this.#parts.host = host;
  }

  get port(): string {
    return this.#parts.port;
  }
  set port(value: string | number) {
    if (!this.#parts.host || this.#parts.scheme === "file") return;
    const digits = /^\d+/.exec(String(value))?.[0];
    if (String(value) === "") this.#parts.port = "";
    else if (digits !== undefined && Number(digits) <= 65_535) {
      const port = String(Number(digits));
      this.#parts.port = port === SPECIAL[this.#parts.scheme] ? "" : port;
    }
  }

  get pathname(): string {
    return formatPath(this.#parts);
  }
  set pathname(text: string) {
    if (typeof this.#parts.path === "string") return;
    this.#parts.path = resolvePath(String(text), [], this.#parts.scheme);
  }

  get search(): string {
    return this.#parts.query ? `?${this.#parts.query}` : "";
  }
  set search(text: string) {
    const query = String(text).replace(/^\?/, "");
    const set = isSpecial(this.#parts.scheme) ? SETS.specialQuery : SETS.query;
    this.#parts.query = String(text) === "" ? undefined : percentEncode(query, set);
    this.#search?.reset(this.#parts.query ?? "");
  }

  get searchParams(): URLSearchParams {
    this.#search ??= URLSearchParams.of(this.#parts.query ?? "", (text) => {
      this.#parts.query = text === "" ? undefined : text;
    });
    return this.#search.params;
  }

  get hash(): string {
    return this.#parts.fragment ? `#${this.#parts.fragment}` : "";
  }
  set hash(text: string) {
    const fragment = String(text).replace(/^#/, "");
    this.#parts.fragment = String(text) === "" ? undefined : percentEncode(fragment, SETS.fragment);
  }

  toString(): string {
    return this.href;
  }

  toJSON(): string {
    return this.href;
  }
}
