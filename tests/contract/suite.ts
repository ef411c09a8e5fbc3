/**
 * The contract suite: one set of tests that judges every adapter by the sentences of `libos/hal/`.
 *
 * It runs under any runner with a `test` function, in Node and in Deno. `mutants.test.ts` proves that
 * it can fail.
 */
import { blockDeviceContract } from "./block-device.ts";
import { byteHelpersContract } from "./byte-helpers.ts";
import { closeContract } from "./close.ts";
import { consoleContract } from "./console.ts";
import { entropyContract } from "./entropy.ts";
import { handlerContract } from "./handlers.ts";
import type { ContractHarness, ContractPart, TestFunction } from "./harness.ts";
import { netDeviceContract } from "./net-device.ts";
import { netLimitsContract } from "./net-limits.ts";
import { netOffloadsContract } from "./net-offloads.ts";
import { packetMemoryContract } from "./packet-memory.ts";
import { powerContract } from "./power.ts";
import { shareFilesContract } from "./share-files.ts";
import { shareFoldersContract } from "./share-folders.ts";
import { shareConfinementContract } from "./share-confinement.ts";
import { timeContract } from "./time.ts";

const PARTS: readonly ContractPart[] = [
  timeContract,
  handlerContract,
  entropyContract,
  consoleContract,
  powerContract,
  packetMemoryContract,
  byteHelpersContract,
  netDeviceContract,
  netLimitsContract,
  netOffloadsContract,
  blockDeviceContract,
  shareFilesContract,
  shareFoldersContract,
  shareConfinementContract,
  closeContract,
];

/** Adds the tests of the whole contract for one adapter. */
export function halContract(harness: ContractHarness, test: TestFunction): void {
  for (const part of PARTS) part(harness, test);
}
