import type { Hal } from "../hal/mod.ts";
import type { NetworkConfig } from "../system/mod.ts";
import type { Publisher } from "./ports.ts";

/** The platform under an application in this process. */
export interface Host {
  readonly hal: Hal;
  /** How the system finds its addresses. */
  readonly network: NetworkConfig;
  /** Which share is mounted where. */
  readonly mounts: readonly { readonly share: string; readonly path: string }[];
  /** Absent where there is no way in from the host. */
  readonly publisher: Publisher | undefined;
  /** For people: "10.0.2.15, in user mode". */
  readonly description: string;
  /** Keeps the process alive until `release` was called as often. */
  hold(): void;
  release(): void;
  /** Resolves once the HAL is closed and what was sent has left the process. */
  readonly closed: Promise<void>;
  /** Runs what there is to run, where the host's event loop does not do it by itself. */
  run(): Promise<void>;
}
