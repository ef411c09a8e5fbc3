import { readFileSync } from "node:fs";
import t from "tap";
import { completeLock, missingOptionalPackages, type Lock } from "./complete-lock.ts";

t.test("package-lock.json names every optional package, so that npm ci takes it", async (t) => {
  const file = new URL("../package-lock.json", import.meta.url);
  const lock = JSON.parse(readFileSync(file, "utf8")) as Lock;
  const names = missingOptionalPackages(lock).map((missing) => missing.name);
  t.same(names, [], "run: node scripts/complete-lock.ts");
});

t.test(
  "a missing platform's package is added with the platform that its name states",
  async (t) => {
    const lock: Lock = {
      packages: {
        "": {},
        "node_modules/z": {
          dev: true,
          optionalDependencies: { "@z/linux-x64-musl": "1.2.3", "@z/linux-x64-gnu": "1.2.3" },
        },
        "node_modules/@z/linux-x64-gnu": { version: "1.2.3" },
      },
    };
    completeLock(lock);
    t.same(missingOptionalPackages(lock), []);
    t.same(lock.packages["node_modules/@z/linux-x64-musl"], {
      version: "1.2.3",
      cpu: ["x64"],
      dev: true,
      libc: ["musl"],
      optional: true,
      os: ["linux"],
    });
    t.same(Object.keys(lock.packages), [
      "",
      "node_modules/@z/linux-x64-gnu",
      "node_modules/@z/linux-x64-musl",
      "node_modules/z",
    ]);
  },
);
