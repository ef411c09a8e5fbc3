/** Says what it runs on, and ends with the code that the command line names, or 0. */
import { openImage } from "./image.ts";

const { hal, bareMetal, print } = openImage();
const { commandLine } = bareMetal.machine.firmware;
print(`hello from ${hal.platform.arch} with ${hal.platform.engine}`);
// As for the kernel's own words, the last one counts.
const codes = [...commandLine.matchAll(/code=(?<code>\d+)/g)];
hal.power.off(Number(codes.at(-1)?.groups?.["code"] ?? 0));
