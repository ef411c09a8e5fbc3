/** Ends in the way that its argument names. */
import { connect, createServer } from "node:net";

const held: unknown[] = [];

function boom(): never {
  throw new RangeError("at start");
}

const WAYS: Readonly<Record<string, () => void>> = {
  throw: boom,
  loop: () => {
    for (;;) held.length = 0;
  },
  heap: () => {
    for (;;) held.push({ list: [held.length] });
  },
  connect: () => {
    connect(80, "192.0.2.1").on("error", (error) => console.log(String(error)));
  },
  serve: () => {
    createServer().listen(7, () => console.log("ready"));
    process.on("SIGTERM", () => process.exit(9));
  },
};

console.log("begin");
WAYS[process.argv[2] ?? ""]?.();
