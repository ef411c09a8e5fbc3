/**
 * The methods that a server knows (the IANA registry of RFC 9110 16.1.1 and what is in wide use), in
 * alphabetical order. A request with any other is refused: HPE_INVALID_METHOD.
 */
export const METHODS: readonly string[] = Object.freeze(
  (
    "ACL BIND CHECKOUT CONNECT COPY DELETE GET HEAD LINK LOCK M-SEARCH MERGE MKACTIVITY " +
    "MKCALENDAR MKCOL MOVE NOTIFY OPTIONS PATCH POST PROPFIND PROPPATCH PURGE PUT QUERY REBIND " +
    "REPORT SEARCH SOURCE SUBSCRIBE TRACE UNBIND UNLINK UNLOCK UNSUBSCRIBE"
  ).split(" "),
);

/** The longest name in `METHODS`. */
export const MAX_METHOD_BYTES: number = "UNSUBSCRIBE".length;

const KNOWN: ReadonlySet<string> = new Set(METHODS);

/** @returns The method that lies in `bytes[start, end)`, or undefined when it is not in `METHODS`. */
export function knownMethod(bytes: Uint8Array, start: number, end: number): string | undefined {
  const length = end - start;
  if (length === 3 && bytes[start] === 0x47 && bytes[start + 1] === 0x45) {
    return bytes[start + 2] === 0x54 ? "GET" : undefined;
  }
  if (length > MAX_METHOD_BYTES) return undefined;
  let name = "";
  for (let at = start; at < end; at++) name += String.fromCharCode(bytes[at]!);
  return KNOWN.has(name) ? name : undefined;
}

/** @returns True when `bytes[start, end)` may be the beginning of a known method. */
export function startsMethod(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start > MAX_METHOD_BYTES) return false;
  let prefix = "";
  for (let at = start; at < end; at++) prefix += String.fromCharCode(bytes[at]!);
  return METHODS.some((method) => method.startsWith(prefix));
}
