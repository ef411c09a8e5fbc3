/** An image under requests for as long as one likes, and whether its memory stays flat. */
import { fileURLToPath } from "node:url";
import { runInNamespace } from "../namespace.ts";
import type { BuiltImage } from "../plan.ts";
import type { MemorySample, Verdict } from "./judge.ts";
import type { LoadCounts } from "./load.ts";

/** What is soaked; it travels as JSON. */
export interface SoakOrder {
  readonly image: BuiltImage;
  readonly memoryKib: number;
  readonly ms: number;
  /** So long a client waits for an answer, in milliseconds. */
  readonly patienceMs: number;
}

export interface SoakProgress extends LoadCounts {
  readonly kind: "progress";
  readonly seconds: number;
  readonly latest: MemorySample;
}

export interface SoakEnd extends LoadCounts, Verdict {
  readonly kind: "end";
  readonly samples: number;
  readonly last: MemorySample;
}

export type SoakMessage =
  SoakProgress | SoakEnd | { readonly kind: "failed"; readonly reason: string };

const INSIDE = fileURLToPath(new URL("./inside.ts", import.meta.url));

/**
 * Boots the image and loads it.
 *
 * @throws Error with the guest's last words where it did not last.
 */
export async function soak(
  order: SoakOrder,
  onProgress: (progress: SoakProgress) => void,
): Promise<SoakEnd> {
  let end: SoakEnd | undefined;
  let problem = "";
  const code = await runInNamespace<SoakMessage>(INSIDE, [JSON.stringify(order)], (message) => {
    if (message.kind === "progress") onProgress(message);
    else if (message.kind === "end") end = message;
    else problem = message.reason;
  });
  if (end !== undefined) return end;
  throw new Error(problem || `the process of the soak ended with ${code}`);
}
