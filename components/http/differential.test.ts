/** Our verdict against that of llhttp (the parser in node:http) on the whole corpus. */
import { createRequire } from "node:module";
import t from "tap";
import { MessageParser } from "./mod.ts";
import {
  ACCEPTED_REQUESTS,
  ACCEPTED_RESPONSES,
  REFUSED_REQUESTS,
  REFUSED_RESPONSES,
  type CorpusEntry,
} from "./testing/corpus.ts";

/** As much of Node's binding as the test drives; its face is `node:_http_common`. */
interface Llhttp {
  initialize(type: number, resource: object): void;
  execute(bytes: Uint8Array): number | Error;
  finish(): Error | undefined;
  [handler: number]: ((...values: never[]) => unknown) | null;
}

type LlhttpClass = (new () => Llhttp) & Record<string, number>;

const { HTTPParser } = createRequire(import.meta.url)("_http_common") as {
  HTTPParser: LlhttpClass;
};

/** What a parser made of some bytes. */
interface Outcome {
  error: boolean;
  heads: unknown[];
  body: string;
  trailers: string[];
  completed: number;
}

function runLlhttp(kind: "REQUEST" | "RESPONSE", bytes: Uint8Array): Outcome {
  const outcome: Outcome = { error: false, heads: [], body: "", trailers: [], completed: 0 };
  const parser = new HTTPParser();
  parser.initialize(HTTPParser[kind]!, {});
  parser[HTTPParser["kOnHeaders"]!] = (...values: unknown[]): unknown =>
    outcome.trailers.push(...(values[0] as string[]));
  parser[HTTPParser["kOnHeadersComplete"]!] = (
    ...[, minor, headers, method, url, status, reason]: unknown[]
  ): number => {
    outcome.heads.push([
      minor,
      headers ?? [],
      method === undefined ? "" : HTTPParser["methods"] && method,
      url ?? "",
      status ?? 0,
      reason ?? "",
    ]);
    return 0;
  };
  parser[HTTPParser["kOnBody"]!] = (chunk: Buffer): void => {
    outcome.body += chunk.toString("latin1");
  };
  parser[HTTPParser["kOnMessageComplete"]!] = (): void => {
    outcome.completed++;
  };
  if (parser.execute(bytes) instanceof Error) outcome.error = true;
  else if (parser.finish() instanceof Error) outcome.error = true;
  return outcome;
}

function runOurs(kind: "REQUEST" | "RESPONSE", bytes: Uint8Array, cut: number): Outcome {
  const outcome: Outcome = { error: false, heads: [], body: "", trailers: [], completed: 0 };
  const parser = new MessageParser(kind === "REQUEST" ? "request" : "response", {
    onHead(head) {
      outcome.heads.push([
        head.versionMinor,
        head.rawHeaders,
        head.method,
        head.target,
        head.statusCode,
        head.reason,
      ]);
      return head.method === "CONNECT" ? "hand-over" : "body";
    },
    onBody(chunk, start, end) {
      outcome.body += Buffer.from(chunk.subarray(start, end)).toString("latin1");
    },
    onComplete(head) {
      outcome.completed++;
      outcome.trailers.push(...head.rawTrailers);
    },
  });
  for (let at = 0; at < bytes.length; at += cut) {
    parser.feed(bytes.slice(at, Math.min(bytes.length, at + cut)));
  }
  outcome.error = parser.finish() !== undefined;
  return outcome;
}

/** Methods come as an index from llhttp: compare what can be compared. */
function comparable(outcome: Outcome): unknown {
  return {
    ...outcome,
    heads: outcome.heads.map((head) => {
      const [minor, headers, , url, status, reason] = head as unknown[];
      return [minor, headers, url, status, reason];
    }),
  };
}

function judge(
  kind: "REQUEST" | "RESPONSE",
  entries: readonly CorpusEntry[],
  isRefused: boolean,
): void {
  for (const entry of entries) {
    void t.test(`${isRefused ? "refuses" : "takes"} ${kind.toLowerCase()}: ${entry.name}`, (t) => {
      const bytes = Buffer.from(entry.text, "latin1");
      const theirs = runLlhttp(kind, bytes);
      const ours = runOurs(kind, bytes, bytes.length);
      t.equal(ours.error, isRefused, "our verdict");
      t.equal(
        theirs.error,
        entry.differs === undefined ? isRefused : !isRefused,
        "llhttp's verdict",
      );
      if (!isRefused && !entry.text.startsWith("CONNECT")) {
        t.same(comparable(ours), comparable(theirs), "the same parts");
      }
      for (const cut of [1, 2, 3, 7]) {
        t.same(runOurs(kind, bytes, cut), ours, `the same in pieces of ${cut}`);
      }
      t.end();
    });
  }
}

judge("REQUEST", ACCEPTED_REQUESTS, false);
judge("REQUEST", REFUSED_REQUESTS, true);
judge("RESPONSE", ACCEPTED_RESPONSES, false);
judge("RESPONSE", REFUSED_RESPONSES, true);
