import { assert } from "../../libos/kernel/assert.ts";
import type { FuzzTarget } from "../testing/fuzz.ts";
import { encodeLatin1, MessageParser } from "./mod.ts";
import { ACCEPTED_REQUESTS, ACCEPTED_RESPONSES } from "./testing/corpus.ts";

/** All that a parser told, as one text. */
function transcript(type: "request" | "response", bytes: Uint8Array, cutBytes: number): string {
  let told = "";
  const parser = new MessageParser(type, {
    onHead(head) {
      told += `${head.method} ${head.target} ${head.statusCode} ${head.rawHeaders.join("|")}\n`;
      return head.method === "CONNECT" ? "hand-over" : "body";
    },
    onBody(_, start, end) {
      assert(end > start, "an empty part of a body");
      told += "b".repeat(Math.min(end - start, 1_000));
    },
    onComplete(head) {
      told += `\n${head.rawTrailers.join("|")}\n`;
    },
  });
  for (let at = 0; at < bytes.length; at += cutBytes) {
    const end = Math.min(bytes.length, at + cutBytes);
    const stopped = parser.feed(bytes, at, end);
    assert(stopped >= at && stopped <= end, `feed went from ${at} to ${stopped}, past ${end}`);
  }
  return `${told}${parser.finish()?.code ?? "ok"}`;
}

function target(type: "request" | "response", seeds: readonly { text: string }[]): FuzzTarget {
  return {
    name: `http ${type}`,
    seeds: seeds.map((seed) => encodeLatin1(seed.text)),
    run(bytes) {
      const whole = transcript(type, bytes, Math.max(1, bytes.length));
      const cut = transcript(type, bytes, 1 + (bytes.length % 5));
      assert(whole === cut, `cut differently, the bytes mean something else: ${whole} / ${cut}`);
    },
  };
}

/** Any bytes, whole and in pieces: no throw, and the same meaning. */
export const fuzz: FuzzTarget[] = [
  target("request", ACCEPTED_REQUESTS),
  target("response", ACCEPTED_RESPONSES),
];
