/**
 * The contract suite under Deno, for the deno adapter and for the simulator:
 *
 *     deno test --allow-all tests/contract/contract.deno.ts
 *
 * All permissions are needed because Deno guards /proc/self/fd, by
 * which shares are confined, with the widest one.
 */
import { test } from "node:test";
import { simHarness } from "./sim-harness.ts";
import { halContract } from "./suite.ts";
import { denoHarness } from "./deno-harness.ts";

halContract(denoHarness, test);
halContract(simHarness, test);
