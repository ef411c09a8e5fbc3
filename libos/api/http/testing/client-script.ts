/** One request of a client, and all that can be seen of it. */
import type { ClientRequest, IncomingMessage, RequestOptions } from "node:http";
import type { ClientScript, HttpModule, Log } from "./transcript.ts";

export const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/** Logs all that happens to a request and its response. */
export function observe(request: ClientRequest, log: Log, name = "request"): void {
  for (const event of ["continue", "timeout", "abort", "finish", "close"]) {
    request.on(event, () => log(name, event, request.destroyed, request.reusedSocket));
  }
  request.on("information", (info) => log(name, "information", info));
  request.on("error", (error) => log(name, "error", error));
  request.on("response", (response: IncomingMessage) => {
    log(name, response.statusCode, response.statusMessage, response.headers, response.httpVersion);
    let text = "";
    response.setEncoding("latin1");
    response.on("data", (part: string) => {
      text += part;
    });
    response.on("end", () => log(name, "end", text, response.complete, response.rawTrailers));
    response.on("aborted", () => log(name, "response aborted"));
    response.on("error", (error) => log(name, "response error", error));
    if (name === "request") response.on("close", () => log(name, "response close"));
  });
}

/** One request with a fresh agent, observed. */
export function one(
  name: string,
  options: RequestOptions,
  answer: readonly (string | number)[] = [OK],
  act: (request: ClientRequest, log: Log, module: HttpModule) => void = (request) => request.end(),
): ClientScript {
  return {
    name,
    answer,
    use(module, port, log) {
      const request = module.request({ port, host: "127.0.0.1", ...options });
      observe(request, log);
      act(request, log, module);
    },
  };
}
