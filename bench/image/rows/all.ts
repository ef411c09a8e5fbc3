/** The groups of rows, in the order in which they run. */
import { benchBulk } from "./bulk.ts";
import { benchHttp } from "./http.ts";
import type { RowGroup } from "./mod.ts";
import { benchStart } from "./start.ts";

export const GROUPS: readonly { readonly name: string; readonly bench: RowGroup }[] = [
  { name: "start", bench: benchStart },
  { name: "http", bench: benchHttp },
  { name: "tcp", bench: benchBulk },
];
