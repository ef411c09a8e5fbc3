/** The import rules of docs/architecture.md, as a table, and the check that holds the sources to it. */
import type { ImportEdge } from "./import-graph.ts";
import { circles, importEdges } from "./import-graph.ts";
import type { Sources } from "./source-files.ts";
import { isTestCode } from "./source-files.ts";

/** What the files below one folder may import, besides files of that folder itself. */
interface Rule {
  /** Paths that begin so are under this rule. The first rule that fits counts. */
  readonly folder: string;
  /** Path prefixes of our own sources. */
  readonly own: readonly string[];
  /** Specifiers of packages and of the runtime: a name, or a prefix that ends in `*`. */
  readonly packages: readonly string[];
  /** Specifiers of which `import type` may take the types, which are gone at run time. */
  readonly types?: readonly string[];
}

const ANY = "*";
const COMPOSITION = ["libos/", "components/", "host-adapters/", "bare-metal/"];
/** What Node offers in JavaScript and a bare engine lacks. */
const API_PACKAGES = ["buffer", "events", "readable-stream"];

/** Functions on bytes, assertions, error numbers: the leaves of the kernel that an adapter may use. */
const KERNEL_LEAVES = ["libos/kernel/bytes.ts", "libos/kernel/assert.ts", "libos/kernel/errno.ts"];
/** What every adapter may use of ours. */
const ADAPTER = ["libos/hal/", "host-adapters/shared/", ...KERNEL_LEAVES];

const RULES: readonly Rule[] = [
  { folder: "libos/hal/", own: [], packages: [] },
  { folder: "libos/kernel/", own: ["libos/hal/"], packages: [] },
  {
    folder: "components/",
    own: ["libos/hal/", "libos/kernel/", "components/"],
    packages: [],
  },
  // User mode is the node or deno adapter together with the gateway, in one call.
  {
    folder: "host-adapters/gateway/user-mode-",
    own: ["libos/hal/", "host-adapters/"],
    packages: ["node:*"],
  },
  // The gateway is a network peer itself and reuses the TCP/IP components on purpose.
  {
    folder: "host-adapters/gateway/",
    own: ["libos/hal/", "libos/kernel/", "components/", "host-adapters/shared/"],
    packages: ["node:*"],
  },
  { folder: "host-adapters/shared/", own: ADAPTER, packages: [] },
  { folder: "host-adapters/sim/", own: ADAPTER, packages: [] },
  { folder: "host-adapters/browser/", own: ADAPTER, packages: [] },
  {
    folder: "host-adapters/",
    own: ADAPTER,
    packages: ["node:*"],
  },
  {
    folder: "libos/api/",
    own: ["libos/hal/", "libos/kernel/", "components/"],
    packages: API_PACKAGES,
    // The application's modules have Node's shapes, and so Node's types.
    types: ["node:*"],
  },
  // An application is what a user writes: it knows `libos` and packages, and no file of ours.
  { folder: "apps/", own: [], packages: [ANY] },
  { folder: "templates/", own: [], packages: [ANY] },
  // The composition joins everything.
  { folder: "libos/", own: COMPOSITION, packages: [ANY] },
  { folder: "bare-metal/", own: COMPOSITION, packages: [] },
];

/** @returns One line for each import that the rules forbid. */
export function forbiddenImports(sources: Sources): string[] {
  return importEdges(sources).flatMap((edge) => {
    if (isTestCode(edge.from)) return [];
    const rule = RULES.find((candidate) => edge.from.startsWith(candidate.folder));
    if (rule === undefined || isAllowed(edge, rule, sources)) return [];
    return [`${edge.from}:${edge.line} imports ${edge.target ?? edge.specifier}`];
  });
}

function isAllowed(edge: ImportEdge, rule: Rule, sources: Sources): boolean {
  if (edge.target === undefined) {
    const packages = edge.typeOnly ? [...rule.packages, ...(rule.types ?? [])] : rule.packages;
    return packages.some((allowed) =>
      allowed.endsWith("*")
        ? edge.specifier.startsWith(allowed.slice(0, -1))
        : edge.specifier === allowed || edge.specifier === `${allowed}/`,
    );
  }
  // A file that is not there is an error of its own: the type check names it.
  if (isTestCode(edge.target) && sources.has(edge.target)) return false;
  const target = edge.target;
  return [homeOf(edge.from, rule), ...rule.own].some((prefix) => target.startsWith(prefix));
}

/** Applications and adapters do not import each other, so their home is one folder deeper. */
function homeOf(from: string, rule: Rule): string {
  if (!["apps/", "templates/", "host-adapters/"].includes(rule.folder)) return rule.folder;
  return unitOf(from) + "/";
}

/**
 * The part of the system that a file belongs to: `components/tcp`, `libos/kernel`, `libos/api/net`,
 * `host-adapters/node`; a file directly in `libos/` is a part by itself.
 */
export function unitOf(path: string): string {
  const [first = "", second = "", third] = path.split("/");
  if (third === undefined) return path;
  if (first === "libos" && second === "api" && path.split("/").length > 3) {
    return `libos/api/${third}`;
  }
  return `${first}/${second}`;
}

/** @returns The circles between parts of the system; imports of types count too. */
export function circlesBetweenUnits(sources: Sources): string[] {
  return circles(
    importEdges(sources)
      .filter((edge) => edge.target !== undefined && !isTestCode(edge.from))
      .map((edge) => [unitOf(edge.from), unitOf(edge.target!)] as const),
  );
}

/** @returns The circles between files that are there at run time; imports of types are not. */
export function circlesBetweenFiles(sources: Sources): string[] {
  return circles(
    importEdges(sources)
      .filter((edge) => edge.target !== undefined && !edge.typeOnly && !isTestCode(edge.from))
      .map((edge) => [edge.from, edge.target!] as const),
  );
}
