/** What the scripts for servers have in common. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Log, ServerScript } from "./transcript.ts";

/** What @types/node leaves out. */
export type RawNames = ServerResponse & { getRawHeaderNames(): string[] };
export type Upgradable = IncomingMessage & { upgrade: boolean | null };

export type Handler = (request: IncomingMessage, response: ServerResponse, log: Log) => void;

export const GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
export const CLOSE = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

export function on(handler: Handler): ServerScript["serve"] {
  return (server, log) => {
    server.on("request", (request, response) => handler(request, response, log));
  };
}

export function script(
  name: string,
  handler: Handler,
  ...send: readonly (string | number)[]
): ServerScript {
  return { name, serve: on(handler), send: send.length === 0 ? [CLOSE] : send };
}

export function attempt(log: Log, action: () => unknown): void {
  try {
    log("value", action());
  } catch (error) {
    log("thrown", error);
  }
}

export function events(log: Log, name: string, emitter: IncomingMessage | ServerResponse): void {
  for (const event of ["end", "finish", "close", "aborted", "error", "prefinish"]) {
    if (event !== "prefinish") emitter.on(event, (error?: Error) => log(name, event, error ?? ""));
  }
}

export function readAll(request: IncomingMessage, done: (text: string) => void): void {
  let text = "";
  request.setEncoding("latin1");
  request.on("data", (part: string) => {
    text += part;
  });
  request.on("end", () => done(text));
}
