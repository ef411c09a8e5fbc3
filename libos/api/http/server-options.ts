import { validateBoolean, validateInteger, validateObject } from "../shared/errors.ts";
import { outOfRange } from "../shared/errors.ts";
import type { IncomingMessageClass, ServerResponseClass } from "./server-settings.ts";

/** Options of `createServer`. Times are milliseconds; 0 means no limit. */
export interface ServerOptions {
  readonly IncomingMessage?: IncomingMessageClass | undefined;
  readonly ServerResponse?: ServerResponseClass | undefined;
  /** How long a request may take to arrive whole. Default: 300,000. */
  readonly requestTimeout?: number | undefined;
  /** How long a head may take to arrive. Default: 60,000, or `requestTimeout` when shorter. */
  readonly headersTimeout?: number | undefined;
  /** How long a connection may be idle between requests. Default: 5,000. */
  readonly keepAliveTimeout?: number | undefined;
  /** What a connection is kept beyond what `Keep-Alive: timeout` says. Default: 1,000. */
  readonly keepAliveTimeoutBuffer?: number | undefined;
  /** Taken for the sake of programs written for Node: here every limit has a timer of its own. */
  readonly connectionsCheckingInterval?: number | undefined;
  /** The largest head in bytes. Default: 16,384. */
  readonly maxHeaderSize?: number | undefined;
  /** Refuses an HTTP/1.1 request without Host with 400 (RFC 9112 3.2). Default: true. */
  readonly requireHostHeader?: boolean | undefined;
  /** Joins repeated fields that are otherwise dropped. Default: false. */
  readonly joinDuplicateHeaders?: boolean | undefined;
  /** Throws on a body that the status forbids, instead of dropping it. Default: false. */
  readonly rejectNonStandardBodyWrites?: boolean | undefined;
  /** Fields that are sent as one, with their values joined by "; ". */
  readonly uniqueHeaders?: readonly string[] | undefined;
  /** Which upgrade requests go to the event 'upgrade'. Default: all, when it has a listener. */
  readonly shouldUpgradeCallback?: ((request: never) => boolean) | undefined;
  readonly noDelay?: boolean | undefined;
  readonly keepAlive?: boolean | undefined;
  readonly keepAliveInitialDelay?: number | undefined;
  readonly highWaterMark?: number | undefined;
  /** Taken for the sake of programs written for Node; there is no lenient parser here. */
  readonly insecureHTTPParser?: boolean | undefined;
}

/** The options with their defaults, checked. */
export interface CheckedServerOptions {
  requestTimeout: number;
  headersTimeout: number;
  keepAliveTimeout: number;
  keepAliveTimeoutBuffer: number;
  requireHostHeader: boolean;
  joinDuplicateHeaders: boolean;
  rejectNonStandardBodyWrites: boolean;
}

const REQUEST_TIMEOUT_MS = 300_000;
const HEADERS_TIMEOUT_MS = 60_000;
const KEEP_ALIVE_TIMEOUT_MS = 5_000;
const KEEP_ALIVE_BUFFER_MS = 1_000;

/**
 * @throws ERR_INVALID_ARG_TYPE, ERR_OUT_OF_RANGE (also for a `headersTimeout` beyond
 *   `requestTimeout`)
 */
export function checkServerOptions(options: ServerOptions): CheckedServerOptions {
  validateObject(options, "options");
  const time = (name: keyof ServerOptions, fallback: number): number => {
    const value = options[name];
    if (value === undefined) return fallback;
    validateInteger(value, name, 0);
    return value;
  };
  const flag = (name: keyof ServerOptions, fallback: boolean): boolean => {
    const value = options[name];
    if (value === undefined) return fallback;
    validateBoolean(value, `options.${name}`);
    return value;
  };
  const requestTimeout = time("requestTimeout", REQUEST_TIMEOUT_MS);
  const longest = requestTimeout === 0 ? HEADERS_TIMEOUT_MS : requestTimeout;
  const headersTimeout = time("headersTimeout", Math.min(HEADERS_TIMEOUT_MS, longest));
  if (requestTimeout > 0 && headersTimeout > requestTimeout) {
    throw outOfRange("headersTimeout", "<= requestTimeout", headersTimeout);
  }
  return {
    requestTimeout,
    headersTimeout,
    keepAliveTimeout: time("keepAliveTimeout", KEEP_ALIVE_TIMEOUT_MS),
    keepAliveTimeoutBuffer: time("keepAliveTimeoutBuffer", KEEP_ALIVE_BUFFER_MS),
    requireHostHeader: flag("requireHostHeader", true),
    joinDuplicateHeaders: flag("joinDuplicateHeaders", false),
    rejectNonStandardBodyWrites: flag("rejectNonStandardBodyWrites", false),
  };
}
