/** Our server, as a user starts it: `libos run`, in user mode, with a published port. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { HELLO_BODY, type HttpServerProcess } from "../peers/plain-http.ts";

const CLI = fileURLToPath(new URL("../../libos/cli/main.ts", import.meta.url));
const APP = fileURLToPath(new URL("./hello-app.ts", import.meta.url));

/** What the command says about a published port. */
const PUBLISHED = /port 80 is at (http:\/\/127\.0\.0\.1:\d+)/;

/** @returns The server, once its port is published; port 0 lets the host choose. */
export async function startOurHttp(): Promise<HttpServerProcess> {
  const parameters = ["run", APP, "-p", "0:80", "-e", `BODY=${HELLO_BODY}`];
  const child = spawn(process.execPath, ["--conditions=libos-source", CLI, ...parameters], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = once(child, "exit");
  let said = "";
  const origin = await new Promise<string>((resolve, reject) => {
    const listen = (text: string): void => {
      said += text;
      const match = PUBLISHED.exec(said);
      if (match !== null) resolve(match[1]!);
    };
    child.stdout.setEncoding("utf8").on("data", listen);
    child.stderr.setEncoding("utf8").on("data", listen);
    void ended.then(([code]) => reject(new Error(`libos run ended with ${code}:\n${said}`)));
  });
  return {
    url: `${origin}/`,
    stop: async () => {
      child.kill("SIGINT");
      await ended;
    },
  };
}
