/**
 * Tables of numbers (`export const ETHERTYPE = { IPV4: 0x0800, ARP: 0x0806 } as const;`) cost an image
 * nothing: where `ETHERTYPE.ARP` stands, the bundle has 0x0806. The bundler writes the members of
 * TypeScript's enums this way, through all modules; so each table is shown to it as an enum, in a module
 * of its own. An enum as an object is not what the table was, so a table that is used as a whole stays one.
 */
import { readFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { Metafile, Plugin } from "esbuild";

const TABLE = "libos-table";
const COMMENT = String.raw`/\*[^]*?\*/|//[^\n]*`;
/** In compiled sources without the type. */
const DECLARATION = new RegExp(
  String.raw`^(export )?const (\w+) = \{((?:${COMMENT}|[^{}"'\`()/])*)\}(?: as const)?;$`,
  "gm",
);
const MEMBERS = /^(?:\s*[A-Za-z_]\w*: -?(?:0x[\da-fA-F_]+|\d[\d_]*),?)+\s*$/;

/** Where the module of a table is found, and what becomes of it. */
interface Table {
  /** Of an enum, in TypeScript. */
  readonly source: string;
  readonly folder: string;
}

/**
 * The bundler's plugin.
 *
 * @param isOwn Whether tables are looked for in a file, by its absolute path.
 * @param whole Tables that stay as they are, as `wholeTables` names them.
 */
export function inlineTables(isOwn: (path: string) => boolean, whole: ReadonlySet<string>): Plugin {
  return {
    name: TABLE,
    setup(build) {
      const tables = new Map<string, Table>();
      build.onLoad({ filter: /\.[jt]s$/, namespace: "file" }, async ({ path }) => {
        if (!isOwn(path)) return undefined;
        const text = await readFile(path, "utf8");
        const contents = text.replace(
          DECLARATION,
          (all: string, exported: string | undefined, name: string, body: string) => {
            const id = `${path}#${name}`;
            if (whole.has(id) || !MEMBERS.test(withoutComments(body))) return all;
            tables.set(id, {
              source: `export enum ${name} {${withoutComments(body).replaceAll(":", " =")}}`,
              folder: dirname(path),
            });
            // What follows stays in its line.
            const from = JSON.stringify(`${TABLE}:${id}`);
            const lines = "\n".repeat(all.split("\n").length - 1);
            const more = exported === undefined ? "" : ` export { ${name} };`;
            return `import { ${name} } from ${from};${more}${lines}`;
          },
        );
        return contents === text ? undefined : { contents, loader: "ts" };
      });
      build.onResolve({ filter: new RegExp(`^${TABLE}:`) }, ({ path }) => ({
        path: path.slice(TABLE.length + 1),
        namespace: TABLE,
        sideEffects: false,
      }));
      build.onLoad({ filter: /.*/, namespace: TABLE }, ({ path }) => {
        const { source, folder } = tables.get(path)!;
        return { contents: source, loader: "ts", resolveDir: folder };
      });
    },
  };
}

function withoutComments(text: string): string {
  return text.replace(new RegExp(COMMENT, "g"), "");
}

/** @returns Tables of a bundle that are used as a whole, and so were not what they should be. */
export function wholeTables({ outputs }: Metafile, output: string): Set<string> {
  const prefix = `${TABLE}:`;
  const kept = Object.entries(outputs[output]!.inputs).filter(
    ([path, { bytesInOutput }]) => path.startsWith(prefix) && bytesInOutput > 0,
  );
  return new Set(kept.map(([path]) => path.slice(prefix.length)));
}
