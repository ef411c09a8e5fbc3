/** What happens when nothing is left to do: the same in an image as in Node. */
import { readFile, unlink, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { once } from "node:events";

const file = `/tmp/libos-idle-${process.pid}`;
const later: (() => unknown)[] = [
  () => setTimeout(() => console.log("a timer"), 1),
  () => void Promise.resolve().then(() => setImmediate(() => console.log("an immediate"))),
  () =>
    void writeFile(file, "text")
      .then(() => readFile(file, "utf8"))
      .then(console.log)
      .then(() => unlink(file)),
  () => {
    if (process.argv[2] !== "never") process.exitCode = 3;
  },
];
process.on("beforeExit", (code) => {
  console.log("nothing left", code);
  later.shift()?.();
});
process.on("exit", (code) => console.log("exit", code));

// What is waited for, and comes.
await new Promise((resolve) => setTimeout(resolve, 2));
await writeFile(file, "begin");
const server = createServer().listen(0);
await once(server, "listening");
setTimeout(() => server.close(), 2);
await once(server, "close");
console.log("loaded");
if (process.argv[2] === "never") await new Promise(() => {});
