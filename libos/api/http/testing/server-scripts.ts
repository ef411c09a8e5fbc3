/** What a server is put through, in ours and in Node's. */
import { CONNECTIONS } from "./connection-scripts.ts";
import { FIELDS } from "./field-scripts.ts";
import { READING } from "./reading-scripts.ts";
import { SPECIAL } from "./special-scripts.ts";
import type { ServerScript } from "./transcript.ts";
import { WRITING } from "./writing-scripts.ts";

export const SERVER_SCRIPTS: readonly ServerScript[] = [
  ...WRITING,
  ...FIELDS,
  ...READING,
  ...CONNECTIONS,
  ...SPECIAL,
];
