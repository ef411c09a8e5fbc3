/**
 * The same scripts for Node's `http` and ours, over `node:net` and over our own stack: what can be
 * seen is the same.
 */
import http from "node:http";
import net from "node:net";
import t from "tap";
import { createLoneSystem } from "../shared/testing/whole-system.ts";
import { CLIENT_SCRIPTS } from "./testing/client-scripts.ts";
import { createHttpOverNode } from "./testing/over-node.ts";
import { SERVER_SCRIPTS } from "./testing/server-scripts.ts";
import { runClient, runServer, type Implementation, type Seen } from "./testing/transcript.ts";

const nodes: Implementation = { http, net };
const overNode = { http: createHttpOverNode(), net } as unknown as Implementation;
const system = createLoneSystem();
const overOwn = { http: system.http, net: system.net } as unknown as Implementation;
t.teardown(() => system.stop(0));

t.jobs = 16;

type Run<Script> = (on: Implementation, script: Script, quietMs: number) => Promise<Seen>;

/** A busy machine is slow: what differs is tried again with more patience, before it counts. */
const PATIENCE_MS: readonly number[] = [120, 400, 1_500];

/** On our own stack a deferred call waits for a turn, so that 'close' may come after others. */
function sorted(seen: Seen): Seen {
  return { ...seen, log: seen.log.toSorted() };
}

function isEqual(left: Seen, right: Seen): boolean {
  return JSON.stringify(left) === JSON.stringify(right);
}

function compare<Script extends { name: string; differs?: string }>(
  kind: string,
  scripts: readonly Script[],
  run: Run<Script>,
): void {
  for (const script of scripts) {
    void t.test(`${kind}: ${script.name}`, { buffered: true }, async (t) => {
      for (const quietMs of PATIENCE_MS) {
        const all = [nodes, overNode, overOwn].map((on) => run(on, script, quietMs));
        const [expected, ours, whole] = (await Promise.all(all)) as [Seen, Seen, Seen];
        const isLast = quietMs === PATIENCE_MS.at(-1);
        if (script.differs !== undefined) {
          if (isLast || !isEqual(ours, expected)) return t.notSame(ours, expected, script.differs);
        } else if (
          isLast ||
          (isEqual(ours, expected) && isEqual(sorted(whole), sorted(expected)))
        ) {
          t.same(ours, expected, "over node:net");
          return t.same(sorted(whole), sorted(expected), "over our own stack");
        }
      }
      return t.fail("not reached");
    });
  }
}

compare("server", SERVER_SCRIPTS, runServer);
compare("client", CLIENT_SCRIPTS, runClient);
