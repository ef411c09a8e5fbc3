/** A module of ours in a network namespace of its own, with messages to this process. */
import { spawn } from "node:child_process";

/** @returns What to put before a command so that it runs in a network namespace of its own. */
export function namespacePrefix(userId: number): string[] {
  // Without root, a user namespace gives the rights over the network namespace inside of it.
  return userId === 0 ? ["unshare", "--net"] : ["unshare", "--user", "--map-root-user", "--net"];
}

/**
 * Runs a module there.
 *
 * @param path The module.
 * @param values Its arguments.
 * @returns Its exit code, or why it could not be started or was killed.
 */
export function runInNamespace<Message>(
  path: string,
  values: readonly string[],
  onMessage: (message: Message) => void,
): Promise<number | string> {
  const [program, ...prefix] = namespacePrefix(process.getuid?.() ?? 0);
  const child = spawn(program!, [...prefix, process.execPath, path, ...values], {
    stdio: ["ignore", 2, 2, "ipc"],
    // JSON has no NaN, which stands for what was not measured.
    serialization: "advanced",
  });
  child.on("message", (message) => onMessage(message as Message));
  return new Promise((resolve) => {
    child.on("error", (error) => resolve(error.message));
    child.on("exit", (code, signal) => resolve(code ?? String(signal)));
  });
}
