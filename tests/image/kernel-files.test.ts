/** What a build leaves in its files is the same wherever it ran. */
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { basename } from "node:path";
import t from "tap";
import { BOOT_CODE, COMPILER, loaderPath } from "../../scripts/build-kernel.ts";
import { ROOT } from "./command.ts";
import { prepareKernel } from "./kernel-build.ts";

const build = await prepareKernel();
const skip = "skip" in build && build.skip;

t.test("no kernel holds a path of the machine that built it", { skip }, (t) => {
  const kernels = "skip" in build ? [] : Object.values(build.kernels);
  const loaders = (["none", "zstd", "lzma"] as const).map(loaderPath);
  const paths = [...kernels, ...loaders, BOOT_CODE, COMPILER];
  const folders = [ROOT, `${homedir()}/`, "/registry/src/", "/rustlib/src/", "/usr/"];
  for (const path of paths.filter((each) => existsSync(each))) {
    const bytes = readFileSync(path);
    const found = folders.filter((folder) => bytes.includes(folder));
    t.same(found, [], basename(path));
  }
  t.end();
});
