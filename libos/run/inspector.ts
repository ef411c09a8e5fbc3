/** The inspector, for DevTools. */
import inspector from "node:inspector";
import { ConfigError } from "../config/mod.ts";

const DEFAULT_PORT = 9229;

/**
 * Opens the inspector at 127.0.0.1, and with `isWaiting` waits until DevTools have attached.
 *
 * @param port What the flag says: a port, or true for 9229.
 * @throws ConfigError with one line when the port is none or is in use.
 */
export function openInspector(port: string | true, isWaiting: boolean): void {
  const number = port === true ? DEFAULT_PORT : Number(port);
  if (!Number.isInteger(number) || number < 0 || number > 65_535) {
    throw new ConfigError(`--inspect: "${port}" is not a port; write it like --inspect 9230`);
  }
  inspector.open(number, "127.0.0.1", false);
  if (inspector.url() === undefined) {
    throw new ConfigError(`--inspect: port ${number} is in use; give another: --inspect 9230`);
  }
  if (isWaiting) {
    process.stderr.write("libos: waiting for DevTools (chrome://inspect)\n");
    inspector.waitForDebugger();
  }
}
