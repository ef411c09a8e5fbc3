import t from "tap";
import { hashBytes, WorldTrace } from "./world-trace.ts";

t.test("a line has the time, who, what and the values in their order", async (t) => {
  const lines: string[] = [];
  const trace = new WorldTrace((line) => lines.push(line));
  trace.line(1234, "a.eth0", "transmit", { bytes: 60, isUp: true, hash: "00ff" });
  trace.line(1235, "a", "timer", {});
  t.strictSame(lines, ["1234 a.eth0 transmit bytes=60 isUp=true hash=00ff", "1235 a timer"]);
  t.equal(trace.count, 2);
});

t.test("the hash follows every character, and does not depend on a writer", async (t) => {
  const hashOf = (...names: string[]): string => {
    const trace = new WorldTrace(undefined);
    for (const name of names) trace.line(1, name, "x", {});
    return trace.hash;
  };
  const hashes = [hashOf(), hashOf("a"), hashOf("b"), hashOf("a", "b"), hashOf("b", "a")];
  t.equal(new Set(hashes).size, hashes.length);
  for (const hash of hashes) t.match(hash, /^[0-9a-f]{16}$/);
  t.equal(hashOf("a", "b"), hashOf("a", "b"));
});

t.test("bytes are named by FNV-1a", async (t) => {
  t.equal(hashBytes(new Uint8Array(0)), "811c9dc5");
  t.equal(hashBytes(Buffer.from("foobar")), "bf9cf968");
});
