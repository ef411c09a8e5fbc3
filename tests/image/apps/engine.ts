/** Prints what `engine-cases/mod.ts` finds on the machine. */
import { runCases } from "./engine-cases/mod.ts";
import { openImage } from "./image.ts";

const { hal, print } = openImage();
for (const line of await runCases()) print(line);
hal.power.off(0);
