import t from "tap";
import { MemoryHint } from "./memory-hint.ts";

const MIB = 1024 * 1024;
const hintFor = (memoryBytes: number, ...texts: string[]): string | undefined => {
  const hint = new MemoryHint();
  for (const text of texts) hint.take(text);
  return hint.line(memoryBytes);
};

t.test("a size is named that holds what the image asks for", (t) => {
  const loader = "libos: too little memory: RAM reaches to 3072 KiB, and must reach to 4500 KiB\n";
  t.equal(hintFor(3 * MIB, "x".repeat(1000), loader), "give the machine more memory: -m 8MB");
  t.equal(
    hintFor(64 * MIB, loader.replace("4500", "309364")),
    "give the machine more memory: -m 512MB",
  );
  t.equal(hintFor(3 * MIB, loader.replace("4500", "4090")), "give the machine more memory: -m 8MB");
  const kernel =
    "libos: too little memory: 2047 KiB of RAM, of which 12 KiB are free; at least 900 KiB more are needed\n";
  t.equal(
    hintFor(2 * MIB, kernel.slice(0, 40), kernel.slice(40)),
    "give the machine more memory: -m 4MB",
  );
  const other = "libos: too little memory: a stack of 128 KiB does not fit\n";
  t.equal(hintFor(8 * MIB, other), "give the machine more memory: -m 16MB");
  const heap = "libos: out of memory: JavaScript uses 860 KiB of the 871 KiB that it may use\n";
  t.equal(hintFor(3 * MIB, heap), "give the machine more memory: -m 4MB");
  t.equal(hintFor(8 * MIB, "hello\n"), undefined);
  t.end();
});

t.test("an error of the engine in the image's last words is about memory too", (t) => {
  const words = "libos: a promise was rejected, and nobody handled it:\n";
  const stack = "    at spawn (libos/kernel/tasks.ts:160:5)\n".repeat(20);
  const error = `${words}InternalError: out of memory\n${stack}`;
  t.equal(hintFor(3 * MIB, error), "give the machine more memory: -m 4MB");
  t.equal(
    hintFor(3 * MIB, `Uncaught InternalError: out of memory\n${stack}`.slice(0, 300)),
    "give the machine more memory: -m 4MB",
  );
  t.equal(hintFor(3 * MIB, error, "x\n".repeat(5000)), undefined, "long ago");
  t.equal(hintFor(3 * MIB, "the log of InternalError: out of memory\n"), undefined);
  t.end();
});
