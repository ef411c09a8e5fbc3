/** Says what it runs on, and ends with the code that the command line names, or 0. */
import { openImage } from "./image.ts";

const { hal, bareMetal, print } = openImage();
const { commandLine } = bareMetal.machine.firmware;
print(`hello from ${hal.platform.arch} with ${hal.platform.engine}`);
hal.power.off(Number(/code=(?<code>\d+)/.exec(commandLine)?.groups?.["code"] ?? 0));
