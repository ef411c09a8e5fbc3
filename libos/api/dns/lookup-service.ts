import type { ApiContext } from "../shared/context.ts";
import {
  invalidArgValue,
  missingArgs,
  resolutionError,
  validateFunction,
} from "../shared/errors.ts";
import { isIP } from "../shared/ip-text.ts";
import { validatePort } from "../shared/port.ts";
import { SERVICES } from "./constants.ts";

export type ServiceCallback = (error: Error | null, hostname?: string, service?: string) => void;

/** `getnameinfo`'s number for a name that is not there (EAI_NONAME). */
const EAI_NONAME = -3008;

/**
 * From an address and a port to names, as `getnameinfo` does it (RFC 3493 6.2).
 *
 * @throws ERR_MISSING_ARGS, ERR_INVALID_ARG_VALUE, ERR_SOCKET_BAD_PORT.
 */
export function lookupService(
  context: ApiContext,
  list: readonly unknown[],
  callback: ServiceCallback,
): void {
  const [address, port] = list;
  if (isIP(address) === 0) throw invalidArgValue("address", address);
  const number = validatePort(port);
  validateFunction(callback, "callback");
  const text = String(address);
  context.hold?.();
  context.whenConfigured(() => {
    context.resolver.reverse(text, (error, names) => {
      context.release?.();
      const name = names[0];
      if (name !== undefined) callback(null, name, SERVICES.get(number) ?? String(number));
      else {
        const code = error === "ETIMEOUT" || error === "ESERVFAIL" ? "EAI_AGAIN" : "ENOTFOUND";
        const failure = resolutionError(code, "getnameinfo", text);
        callback(code === "ENOTFOUND" ? Object.assign(failure, { errno: EAI_NONAME }) : failure);
      }
    });
  });
}

/** `dns.lookupService` takes exactly three arguments. */
export function checkArgumentCount(list: readonly unknown[], names: readonly string[]): void {
  if (list.length !== names.length) throw missingArgs(...names);
}
