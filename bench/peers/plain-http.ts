/** A plain node:http server as a peer, in a process of its own as ours is. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** What both servers answer, so that both send the same bytes. */
export const HELLO_BODY = "hello, world\n";

/** A running server. */
export interface HttpServerProcess {
  /** `http://127.0.0.1:PORT/` */
  readonly url: string;
  /** Ends the process. */
  stop(): Promise<void>;
}

const ENTRY = fileURLToPath(new URL("./plain-http-server.ts", import.meta.url));

/** @returns A server that answers every request with `HELLO_BODY`, once it listens. */
export async function startPlainHttp(): Promise<HttpServerProcess> {
  const child = fork(ENTRY, [HELLO_BODY], { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  const address = await Promise.race([
    once(child, "message").then(([message]) => message as { port: number }),
    once(child, "exit").then(([code]) => {
      throw new Error(`the plain node:http server ended with exit code ${code}`);
    }),
  ]);
  return {
    url: `http://127.0.0.1:${address.port}/`,
    stop: async () => {
      const ended = once(child, "exit");
      child.disconnect();
      await ended;
    },
  };
}
