import { execFileSync } from "node:child_process";
import { truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { Failure } from "./failure.ts";
import { readImageFile } from "./image-file.ts";

const LONG_BYTES: number = 10 * 2 ** 30;

t.test("what is no image is refused without reading it", (t) => {
  const folder = t.testdir({ "app.ts": "console.log(1);" });
  const [sparse, fifo] = [join(folder, "sparse"), join(folder, "fifo")];
  writeFileSync(sparse, "");
  truncateSync(sparse, LONG_BYTES);
  execFileSync("mkfifo", [fifo]);
  for (const [path, reason] of [
    [sparse, /it is no image of libos; give a file that libos image wrote$/],
    [join(folder, "app.ts"), /it is no image of libos/],
    [fifo, /it is no regular file/],
    ["/dev/zero", /it is no regular file/],
    [folder, /it is a folder/],
    [join(folder, "none"), /no such file/],
  ] as const) {
    try {
      readImageFile(path);
      t.fail(path);
    } catch (error) {
      t.ok(error instanceof Failure && error.exitCode === 1);
      t.match((error as Failure).message, reason);
    }
  }
  t.end();
});
