/** What an image tells `libos run -t qemu` of itself, where the command line says how: `SPEC.md`. */
import type { NativeMachine } from "../../../bare-metal/native.ts";

/** Writes one line to whoever started the machine. */
export type Tell = (line: string) => void;

const WORD = "control=";

/** @returns Undefined where nobody listens: no `control=PORT` on the command line. */
export function openControl({ commandLine, hasPorts, ports }: NativeMachine): Tell | undefined {
  const word = commandLine.split(" ").findLast((each) => each.startsWith(WORD));
  const port = Number(word?.slice(WORD.length));
  if (!hasPorts || !(port > 0 && port <= 0xffff)) return undefined;
  return (line) => {
    for (const character of `${line}\n`) ports.out8(port, character.charCodeAt(0));
  };
}
