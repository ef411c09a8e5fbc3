/** Who imports whom, read from the sources themselves. */
import { posix } from "node:path";
import type { Sources } from "./source-files.ts";
import { withoutComments } from "./plain-code.ts";

/** One import, re-export or dynamic import. */
export interface ImportEdge {
  readonly from: string;
  readonly line: number;
  readonly specifier: string;
  /** The imported file's path from the root, for a relative specifier. */
  readonly target: string | undefined;
  /** `import type`: gone at run time. */
  readonly typeOnly: boolean;
}

/** `import … from "x"`, `export … from "x"` and `import "x"` at the start of a line. */
const STATIC_IMPORT =
  /^(?:import|export)\s+(?<type>type\s+)?(?:[\w$*{][^"';]*?\s+from\s+)?["'](?<specifier>[^"'\n]+)["']/gm;
/** `import("x")`, as a value or as a type. */
const DYNAMIC_IMPORT = /\bimport\s*\(\s*["'](?<specifier>[^"'\n]+)["']/g;

/** @returns Every import of every TypeScript and JavaScript file in `sources`. */
export function importEdges(sources: Sources): ImportEdge[] {
  const edges: ImportEdge[] = [];
  for (const [from, text] of sources) {
    if (!/\.[cm]?[jt]s$/.test(from)) continue;
    const code = withoutComments(text);
    for (const pattern of [STATIC_IMPORT, DYNAMIC_IMPORT]) {
      for (const match of code.matchAll(pattern)) {
        const specifier = match.groups!["specifier"]!;
        edges.push({
          from,
          line: code.slice(0, match.index).split("\n").length,
          specifier,
          target: specifier.startsWith(".")
            ? posix.join(posix.dirname(from), specifier)
            : undefined,
          typeOnly: match.groups!["type"] !== undefined,
        });
      }
    }
  }
  return edges;
}

/**
 * Finds the circles of a directed graph.
 *
 * @param edges Pairs of names; an edge from a name to itself is no circle.
 * @returns One line such as `a -> b -> a` for each group of names that reach each other.
 */
export function circles(edges: Iterable<readonly [from: string, to: string]>): string[] {
  const next = new Map<string, Set<string>>();
  for (const [from, to] of edges) {
    if (from === to) continue;
    if (!next.has(from)) next.set(from, new Set());
    next.get(from)!.add(to);
  }
  const found: string[] = [];
  const reported = new Set<string>();
  for (const start of [...next.keys()].toSorted()) {
    if (reported.has(start)) continue;
    const path = shortestWayBack(next, start);
    if (path === undefined) continue;
    for (const name of path) reported.add(name);
    found.push(path.join(" -> "));
  }
  return found;
}

/** Breadth first from `start` until an edge leads to `start` again. */
function shortestWayBack(
  next: ReadonlyMap<string, ReadonlySet<string>>,
  start: string,
): string[] | undefined {
  const cameFrom = new Map<string, string>();
  const queue = [start];
  for (const at of queue) {
    for (const to of next.get(at) ?? []) {
      if (to === start) {
        const path = [start];
        for (let step = at; step !== start; step = cameFrom.get(step)!) path.unshift(step);
        return [start, ...path];
      }
      if (cameFrom.has(to)) continue;
      cameFrom.set(to, at);
      queue.push(to);
    }
  }
  return undefined;
}
