/** Compiled by `deno check` only: fails when Deno's API is not what `DenoApi` says. */
import type { DenoApi } from "../deno-api.ts";

export const api: DenoApi = Deno;
