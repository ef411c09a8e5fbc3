import type { NamesContext } from "../shared/context.ts";
import { invalidArgValue, missingArgs, resolutionError } from "../shared/errors.ts";
import { runGuarded } from "../shared/guard.ts";
import { isIP } from "../shared/ip-text.ts";
import { validatePort } from "../shared/port.ts";
import type { ResolveError } from "../shared/resolver.ts";
import { SERVICES } from "./constants.ts";

export type ServiceCallback = (error: Error | null, hostname?: string, service?: string) => void;

/** `getnameinfo`'s number for a name that is not there (EAI_NONAME). */
const EAI_NONAME = -3008;

/** An address and a port, checked. */
export interface ServiceQuery {
  readonly address: string;
  readonly port: number;
}

/** @throws ERR_INVALID_ARG_VALUE, ERR_SOCKET_BAD_PORT. */
export function parseService(address: unknown, port: unknown): ServiceQuery {
  if (isIP(address) === 0) throw invalidArgValue("address", address);
  return { address: String(address), port: validatePort(port) };
}

/**
 * From an address and a port to names, as `getnameinfo` does it (RFC 3493 6.2).
 */
export function lookupService(
  context: NamesContext,
  { address, port }: ServiceQuery,
  callback: ServiceCallback,
): void {
  context.hold?.();
  context.whenConfigured(() => {
    context.resolver.reverse(address, (error, names) => {
      context.release?.();
      runGuarded(context, () => answer(address, port, error, names, callback));
    });
  });
}

function answer(
  address: string,
  port: number,
  error: ResolveError | undefined,
  names: readonly string[],
  callback: ServiceCallback,
): void {
  const name = names[0];
  if (name !== undefined) {
    callback(null, name, SERVICES.get(port) ?? String(port));
  } else if (error === "ETIMEOUT" || error === "ESERVFAIL") {
    callback(resolutionError("EAI_AGAIN", "getnameinfo", address));
  } else {
    const failure = resolutionError("ENOTFOUND", "getnameinfo", address);
    callback(Object.assign(failure, { errno: EAI_NONAME }));
  }
}

/** `dns.lookupService` takes exactly three arguments. */
export function checkArgumentCount(list: readonly unknown[], names: readonly string[]): void {
  if (list.length !== names.length) throw missingArgs(...names);
}
