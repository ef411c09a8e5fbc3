/** Runs one script against an implementation of `http`, and writes down all that can be seen. */
import type http from "node:http";
import type nodeNet from "node:net";
import type { AddressInfo, Socket } from "node:net";

/** Both implementations, as the type of Node's. */
export type HttpModule = typeof http;

/** What a script runs on: `http`, and the `net` below it for the raw end of the connection. */
export interface Implementation {
  readonly http: HttpModule;
  readonly net: typeof nodeNet;
}

export type Log = (...words: unknown[]) => void;

export interface ServerScript {
  readonly name: string;
  readonly options?: http.ServerOptions;
  /** Prepares the server: handlers and settings. */
  readonly serve: (server: http.Server, log: Log, module: HttpModule) => void;
  /** What a client sends; a number is a pause in milliseconds, "END" a half-close. */
  readonly send: readonly (string | number)[];
  /** Why the transcript may differ from Node's: it is then only made, not compared. */
  readonly differs?: string;
}

export interface ClientScript {
  readonly name: string;
  /** Uses the client against a server at `port`. */
  readonly use: (module: HttpModule, port: number, log: Log) => void;
  /** What the server sends on each connection, whatever it is asked; a number is a pause in ms. */
  readonly answer: readonly (string | number)[];
  /** Each request gets the answer, not only each connection. */
  readonly isRepeated?: boolean;
  readonly differs?: string;
}

/** What was seen: the raw end's bytes as one text, and the log. */
export interface Seen {
  readonly received: string;
  readonly log: readonly string[];
}

/** A pause and what is quiet are cut into so many looks for events. */
const LOOKS = 12;

/**
 * Waits, and lets what has arrived by then be handled. Where the process stood still, a timer runs
 * late and before events that came earlier, so that time alone does not say that nothing happened.
 */
async function look(ms: number): Promise<void> {
  await new Promise<void>((resolve) => {
    setTimeout(resolve, ms);
  });
  await new Promise<void>((resolve) => {
    setImmediate(resolve);
  });
}

/** Lets so much time pass, and events be handled again and again in it. */
async function pause(ms: number): Promise<void> {
  for (let count = 0; count < LOOKS; count++) await look(ms / LOOKS);
}

/** Values that change from run to run. */
function steady(text: string, port: number): string {
  return text
    .replace(/Date: [^\r\n]+/g, "Date: *")
    .replaceAll(`:${port}`, ":PORT")
    .replace(/(127\.0\.0\.1|::1|localhost):\d+/g, "$1:*");
}

function describe(word: unknown): string {
  if (word instanceof Error) {
    return `${word.name}|${(word as { code?: string }).code ?? ""}|${word.message}`;
  }
  if (word instanceof Uint8Array) return Buffer.from(word).toString("latin1");
  return typeof word === "object" ? JSON.stringify(word) : String(word);
}

/** Collects until nothing has happened for a while. */
class Transcript {
  readonly lines: string[] = [];
  #quietLooks = 0;

  readonly log: Log = (...words) => {
    this.#quietLooks = 0;
    this.lines.push(words.map(describe).join(" "));
  };

  /** Something happened that is not part of the log. */
  touch(): void {
    this.#quietLooks = 0;
  }

  async settle(quietMs: number): Promise<void> {
    for (this.#quietLooks = 0; this.#quietLooks < LOOKS; this.#quietLooks++) {
      await look(quietMs / LOOKS);
    }
  }
}

/**
 * @param quietMs When nothing has happened for so long, the script has ended.
 * @returns What the client received as one text, and what the server logged.
 */
export async function runServer(
  { http: module, net }: Implementation,
  script: ServerScript,
  quietMs: number,
): Promise<Seen> {
  const transcript = new Transcript();
  const server = module.createServer(script.options ?? {});
  script.serve(server, transcript.log, module);
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  const client = net.connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  let received = "";
  client.setEncoding("latin1");
  client.on("data", (text: string) => {
    received += text;
    transcript.touch();
  });
  client.on("end", () => {
    received += "<END>";
    client.end();
  });
  client.on("error", () => {
    received += "<RESET>";
  });
  for (const item of script.send) {
    if (typeof item === "number") await pause(item);
    else if (item === "END") client.end();
    else client.write(item, "latin1");
  }
  await transcript.settle(quietMs);
  client.destroy();
  await pause(10);
  server.closeAllConnections();
  server.close();
  return { received: steady(received, port), log: transcript.lines };
}

/**
 * @param quietMs As for `runServer`.
 * @returns What the server received as one text, and what the client logged.
 */
export async function runClient(
  { http: module, net }: Implementation,
  script: ClientScript,
  quietMs: number,
): Promise<Seen> {
  const transcript = new Transcript();
  const sockets: Socket[] = [];
  let received = "";
  const answer = async (socket: Socket): Promise<void> => {
    for (const item of script.answer) {
      if (typeof item === "number") await pause(item);
      else if (item === "END") socket.end();
      else if (item === "RESET") socket.resetAndDestroy();
      else if (!socket.destroyed) socket.write(item, "latin1");
    }
  };
  const server = net.createServer((socket) => {
    sockets.push(socket);
    transcript.touch();
    let isAnswered = false;
    socket.on("error", () => {});
    socket.on("data", (bytes) => {
      transcript.touch();
      const text = bytes.toString("latin1");
      received += text;
      if (!isAnswered || (script.isRepeated === true && /^[A-Z]+ /.test(text))) void answer(socket);
      isAnswered = true;
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  const log: Log = (...words) =>
    transcript.log(...words.map((word) => steady(describe(word), port)));
  script.use(module, port, log);
  await transcript.settle(quietMs);
  for (const socket of sockets) socket.destroy();
  server.close();
  await pause(10);
  return { received: steady(received, port), log: transcript.lines };
}
