/** Asks the kernel to do what must be stopped: the command line says what. */
import { openImage } from "./image.ts";

const { bareMetal, native, print } = openImage();
const name = /kind=(?<name>[\w-]+)/.exec(bareMetal.machine.firmware.commandLine)?.groups?.["name"];

function innerFunction(): void {
  native.probe(name ?? "");
}

function outerFunction(): void {
  innerFunction();
}

print(`probing ${name}`);
try {
  outerFunction();
} catch (error) {
  print(`not stopped: ${String(error)}`);
}
