import { invalidArgType } from "../shared/errors.ts";
import type { AbortSignalLike } from "../shared/errors.ts";
import type { HttpNeeds, HttpSocket, UrlLike } from "./needs.ts";
import type { HeaderSource } from "./outgoing-framing.ts";
import type { HttpRuntime } from "./runtime.ts";

/** What gives requests their sockets; `Agent` is one. */
export interface AgentLike {
  readonly protocol?: string;
  readonly defaultPort?: number;
  readonly keepAlive?: boolean;
  readonly maxSockets?: number;
  readonly options?: Readonly<Record<string, unknown>>;
  addRequest(request: never, options: RequestOptions): void;
}

export type SocketCreated = (error: Error | null, socket?: HttpSocket) => void;

/** Options of a request. What is not listed goes to `net.connect` as it is. */
export interface RequestOptions {
  protocol?: string | null | undefined;
  host?: string | null | undefined;
  hostname?: string | null | undefined;
  family?: number | undefined;
  port?: number | string | null | undefined;
  defaultPort?: number | string | undefined;
  localAddress?: string | undefined;
  socketPath?: string | undefined;
  method?: string | undefined;
  path?: string | null | undefined;
  headers?: HeaderSource | undefined;
  /** "user:password", sent as Basic authorization. */
  auth?: string | null | undefined;
  agent?: AgentLike | boolean | null | undefined;
  createConnection?:
    ((options: RequestOptions, done: SocketCreated) => HttpSocket | null | undefined) | undefined;
  /** Milliseconds without traffic after which 'timeout' is emitted. */
  timeout?: number | undefined;
  /** Adds Host by itself. Default: true. */
  setHost?: boolean | undefined;
  /** Adds Host and Connection by itself. Default: true. */
  setDefaultHeaders?: boolean | undefined;
  signal?: AbortSignalLike | undefined;
  maxHeaderSize?: number | undefined;
  joinDuplicateHeaders?: boolean | undefined;
  uniqueHeaders?: readonly (string | readonly string[])[] | undefined;
  _defaultAgent?: AgentLike | undefined;
  [other: string]: unknown;
}

/** True for a `URL` of any realm or implementation. */
function isUrl(value: unknown): value is UrlLike {
  const url = value as Partial<UrlLike> | null | undefined;
  return (
    Boolean(url?.href && url.protocol && (url as { auth?: unknown }).auth === undefined) &&
    (url as { path?: unknown }).path === undefined
  );
}

/** The platform's own class; a bare engine may have none. */
function platformUrl(): HttpNeeds["URL"] {
  return typeof URL === "undefined" ? undefined : URL;
}

/** @returns The options that a URL stands for. */
export function optionsOfUrl(url: UrlLike): RequestOptions {
  const { hostname } = url;
  const options: RequestOptions = {
    protocol: url.protocol,
    hostname: hostname.startsWith("[") ? hostname.slice(1, -1) : hostname,
    hash: url.hash,
    search: url.search,
    pathname: url.pathname,
    path: `${url.pathname || ""}${url.search || ""}`,
    href: url.href,
  };
  if (url.port !== "") options.port = Number(url.port);
  if (url.username || url.password) {
    options.auth = `${decodeURIComponent(url.username ?? "")}:${decodeURIComponent(url.password ?? "")}`;
  }
  return options;
}

export type ResponseListener = (...response: never[]) => void;

/**
 * Brings the forms `(url, options, listener)`, `(url, listener)`, `(options, listener)` to one.
 *
 * @throws ERR_INVALID_URL (as the platform's `URL` throws it)
 */
export function normalizeRequest(
  runtime: HttpRuntime,
  input: unknown,
  second: unknown,
  third: unknown,
): [options: RequestOptions, listener: ResponseListener | undefined] {
  let base: RequestOptions = {};
  let options = second;
  let listener = third;
  if (typeof input === "string") {
    const UrlClass = runtime.needs.URL ?? platformUrl();
    if (UrlClass === undefined) throw invalidArgType("options", ["Object", "URL"], input);
    base = optionsOfUrl(new UrlClass(input));
  } else if (isUrl(input)) {
    base = optionsOfUrl(input);
  } else {
    listener = options;
    options = input;
  }
  if (typeof options === "function") {
    listener = options;
    options = undefined;
  }
  return [
    Object.assign(base, options as RequestOptions | undefined),
    listener as ResponseListener | undefined,
  ];
}
