/** The ports on which the application listens are told to whoever started the machine. */
import type { PortListener } from "../../system/observe-listeners.ts";
import { tell } from "./lifecycle.ts";
import { trace } from "./machine.ts";

function tellListening(protocol: "tcp" | "udp", port: number, isOpen: boolean): void {
  tell?.(`${isOpen ? "listen" : "close"} ${protocol} ${port}`);
  if (isOpen) trace?.mark(`listening on ${protocol} ${port}`);
}

export const onListen: PortListener | undefined = tell || trace ? tellListening : undefined;
