import t from "tap";
import { join } from "node:path";
import { build } from "esbuild";
import { inlineTables, wholeTables } from "./tables.ts";

const WIRE = `
/** Ethertypes. */
export const TYPE = {
  /** {IPv4}, (0x800) */
  IPV4: 0x0800,
  ARP: 2_054, // "ARP"
  NONE: -1,
} as const;
const OWN = { FIRST: 7 } as const;
export const first = (): number => OWN.FIRST;
export const MIXED = { A: 1, B: "two" } as const;
`;

/** Bundles files of a folder `libos/`, and runs what they make. */
async function run(
  entry: string,
  isWhole: boolean,
): Promise<{ code: string; value: unknown; kept: string[] }> {
  const folder = t.testdir({
    libos: { "wire.ts": WIRE, "mod.ts": `export * from "./wire.ts";`, "entry.ts": entry },
  });
  const bundle = (whole: ReadonlySet<string>) =>
    build({
      entryPoints: [join(folder, "libos/entry.ts")],
      bundle: true,
      write: false,
      metafile: true,
      format: "esm",
      outfile: "app.js",
      minifySyntax: true,
      plugins: [inlineTables((path) => path.startsWith(folder), whole)],
    });
  let built = await bundle(new Set());
  const kept = wholeTables(built.metafile, "app.js");
  if (isWhole) built = await bundle(kept);
  const code = built.outputFiles[0]!.text;
  const url = `data:text/javascript,${encodeURIComponent(code)}`;
  const { value } = (await import(url)) as { value: unknown };
  return { code: code, value, kept: [...kept] };
}

t.test("a table's numbers stand where they are used, also through other modules", async (t) => {
  const { code, value, kept } = await run(
    `import { first, TYPE } from "./mod.ts";
     const inner = (TYPE: { ARP: string }) => TYPE.ARP;
     export const value = [TYPE.IPV4, TYPE.ARP, TYPE.NONE, first(), inner({ ARP: "mine" })];`,
    false,
  );
  t.strictSame(value, [0x0800, 2054, -1, 7, "mine"]);
  t.strictSame(kept, []);
  t.notMatch(code, /IPV4:|FIRST:|var TYPE|var OWN/);
});

t.test("a table that is used as a whole stays an object", async (t) => {
  const { value, kept } = await run(
    `import { MIXED, TYPE } from "./mod.ts";
     export const value = [Object.entries(TYPE), Object.keys(MIXED)];`,
    true,
  );
  t.strictSame(value, [
    [
      ["IPV4", 0x0800],
      ["ARP", 2054],
      ["NONE", -1],
    ],
    ["A", "B"],
  ]);
  t.equal(kept.length, 1);
  t.match(kept[0], /wire\.ts#TYPE$/);
});
