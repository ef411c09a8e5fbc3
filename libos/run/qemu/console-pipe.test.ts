import { spawn } from "node:child_process";
import { once } from "node:events";
import t from "tap";
import { openConsolePipe } from "./console-pipe.ts";

const BYTES = 50_000;
/** Writes byte by byte and never waits, as QEMU does; tells by its exit code whether one was refused. */
const WRITER = `
  const { writeSync } = require("node:fs");
  try { for (let i = 0; i < ${BYTES}; i += 1) writeSync(1, "x"); } catch { process.exit(9); }
`;

t.test("nobody reads while a child writes 50,000 single bytes, and none is refused", async (t) => {
  const pipe = openConsolePipe();
  const child = spawn(process.execPath, ["-e", WRITER], {
    stdio: ["ignore", pipe.inputFd, "inherit"],
  });
  pipe.closeInput();
  const [status] = (await once(child, "close")) as [number];
  t.equal(status, 0);
  let count = 0;
  pipe.output.on("data", (bytes: Uint8Array) => (count += bytes.length));
  await once(pipe.output, "close");
  t.equal(count, BYTES);
});
