import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t from "tap";
import { EMPTY_GUEST_SAYS, encodeEmptyGuest } from "./empty-guest.ts";
import { machineArguments, startQemu } from "./guest.ts";

const START_MS = 120_000;
const MEMORY_KIB = 65_536;
const skip =
  spawnSync("qemu-system-x86_64", ["--version"]).status !== 0 &&
  "guests are not booted without QEMU: apt-get install qemu-system-x86";

function emptyGuest(t: { teardown(job: () => void): unknown }): string {
  const folder = mkdtempSync(join(tmpdir(), "libos-guest-"));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "empty.elf");
  writeFileSync(path, encodeEmptyGuest());
  return path;
}

t.test(
  "the empty guest says its letter and stays until it is switched off",
  { skip },
  async (t) => {
    const guest = startQemu([...machineArguments(MEMORY_KIB), "-kernel", emptyGuest(t)]);
    await guest.says(EMPTY_GUEST_SAYS, START_MS);
    t.equal(guest.console(), EMPTY_GUEST_SAYS);
    await guest.stop();
  },
);

t.test("a guest that ends too soon is an error with its last words", { skip }, async (t) => {
  const guest = startQemu([...machineArguments(MEMORY_KIB), "-kernel", "/nonexistent"]);
  await t.rejects(
    guest.says("listening", START_MS),
    /ended before it said "listening"[^]*nonexist/,
  );
});

t.test("a guest that says nothing is given up", { skip }, async (t) => {
  const guest = startQemu([...machineArguments(MEMORY_KIB), "-kernel", emptyGuest(t)]);
  t.teardown(() => guest.stop());
  await t.rejects(guest.says("listening", 200), /does not say "listening"/);
});
