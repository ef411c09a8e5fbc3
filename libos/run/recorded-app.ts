import type { ResolvedConfig } from "../config/mod.ts";
import type { NetworkConfig } from "../system/mod.ts";

/** What a recording says of the application, so that a replay composes the same system. */
export interface RecordedApp {
  readonly entryPath: string;
  readonly values: readonly string[];
  readonly config: ResolvedConfig;
  readonly network: NetworkConfig;
  readonly mounts: readonly { readonly share: string; readonly path: string }[];
}
