/** The encoder of LZMA against our decoder, and against xz where it is installed. */
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import t from "tap";
import { samples } from "../samples.fuzz.ts";
import { decodeLzma } from "./decode.ts";
import { encodeLzma } from "./encode.ts";

t.test("every input comes back, and a lead lets it unpack in place", async (t) => {
  for (const [name, bytes] of samples()) {
    const packed = encodeLzma(bytes);
    const { bytes: unpacked, lead } = decodeLzma(packed, bytes.length);
    t.same(unpacked, bytes, name);
    t.ok(lead <= bytes.length, `${name}: the input never begins behind the output's end`);
    t.same(encodeLzma(bytes), packed, `${name}: the same bytes again`);
  }
});

t.test("a truncated stream is refused", async (t) => {
  const [, bytes] = samples().find(([name]) => name === "text")!;
  const packed = encodeLzma(bytes);
  for (let length = 0; length < packed.length - 1; length++) {
    const cut = packed.subarray(0, length);
    t.throws(() => decodeLzma(cut, bytes.length), RangeError, `${length} bytes`);
  }
});

const skip =
  spawnSync("xz", ["--version"]).status !== 0 && "xz is missing: apt-get install xz-utils";
const flags = (contextBits: number): string[] => [
  "--format=raw",
  `--lzma1=preset=9e,lc=${contextBits},lp=0,pb=0`,
  "--stdout",
];

t.test("code packs as well as by xz", { skip }, async (t) => {
  const folder = new URL("../", import.meta.url);
  const names = readdirSync(folder).filter((name) => name.endsWith(".ts"));
  const bytes = Buffer.concat(names.map((name) => readFileSync(new URL(name, folder))));
  const [ours, theirs] = [encodeLzma(bytes), spawnSync("xz", flags(3), { input: bytes }).stdout];
  t.ok(ours.length < 1.005 * theirs.length, `${ours.length} bytes, and ${theirs.length} by xz`);
});

t.test("xz reads what we write, and we read what xz writes", { skip }, async (t) => {
  for (const [name, bytes] of samples()) {
    if (bytes.length === 0) continue;
    const packed = encodeLzma(bytes);
    // Without an end marker xz complains about the end, after it has written everything.
    const args = ["--decompress", ...flags(packed[0]!)];
    const theirs = spawnSync("xz", args, { input: packed.subarray(1) });
    t.same(new Uint8Array(theirs.stdout).subarray(0, bytes.length), bytes, `${name} by xz`);
    for (const bits of [0, 2, 3, 4]) {
      const { stdout } = spawnSync("xz", flags(bits), { input: bytes });
      const others = new Uint8Array([bits, ...stdout]);
      t.same(decodeLzma(others, bytes.length).bytes, bytes, `${name} of xz, lc = ${bits}`);
    }
  }
});
