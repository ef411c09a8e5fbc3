/** The groups of rows, in the order in which they run. */
import { benchBlock } from "./block.ts";
import { benchBulk } from "./bulk.ts";
import { benchHttp } from "./http.ts";
import { benchIdle } from "./idle.ts";
import type { RowGroup } from "./mod.ts";
import { benchSize } from "./size.ts";
import { benchStart } from "./start.ts";

export const GROUPS: readonly { readonly name: string; readonly bench: RowGroup }[] = [
  { name: "file and memory", bench: benchSize },
  { name: "start", bench: benchStart },
  { name: "http", bench: benchHttp },
  { name: "tcp", bench: benchBulk },
  { name: "block", bench: benchBlock },
  { name: "idle", bench: benchIdle },
];
