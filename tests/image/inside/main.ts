/**
 * The tests of all components inside an image, component by component, on QEMU: `npm run test:image`.
 * With words, those whose path has one of them: `npm run test:image tcp dns`.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { boot } from "../qemu.ts";
import { buildTests, componentTests } from "./build.ts";

/** An emulated interpreter takes its time. */
const LIMIT_MS = 900_000;

const words = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), "libos-inside-"));
process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
const groups = new Map<string, string[]>();
for (const path of componentTests()) {
  if (words.length > 0 && !words.some((word) => path.includes(word))) continue;
  const name = path.split("/").slice(0, 2).join("/");
  groups.set(name, [...(groups.get(name) ?? []), path]);
}
let [passed, failed] = [0, 0];
const startMs = Date.now();
for (const [name, paths] of groups) {
  const kernel = join(folder, "tests.elf");
  writeFileSync(kernel, await buildTests(folder, paths));
  const began = Date.now();
  const { output, exitCode } = await boot({ kernel, memoryMib: 1536, timeoutMs: LIMIT_MS });
  const last = /(?<passed>\d+) passed, (?<failed>\d+) failed/.exec(output);
  const found = last?.groups;
  const took = `${((Date.now() - began) / 1000).toFixed(1)} s`;
  passed += Number(found?.["passed"] ?? 0);
  failed += Number(found?.["failed"] ?? 1);
  const isRight = exitCode === 0 && found !== undefined;
  console.log(`${isRight ? "ok" : "not ok"} ${name}: ${last?.[0] ?? "it ended early"}, ${took}`);
  if (!isRight) console.log(output.split("\n").slice(-40).join("\n"));
}
const seconds = ((Date.now() - startMs) / 1000).toFixed(0);
console.log(`${passed} passed, ${failed} failed in ${groups.size} images, ${seconds} s`);
process.exit(failed === 0 ? 0 : 1);
