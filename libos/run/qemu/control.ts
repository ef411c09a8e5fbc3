/** What an image tells of itself to `libos run -t qemu`, line by line: `libos/image/SPEC.md`. */
import type { PortListener } from "../../system/mod.ts";
import { createLineReader, expectConnection } from "./socket.ts";

/** The port of QEMU's isa-debugcon, as Bochs has it: an image writes bytes to it, and it reads none. */
export const CONTROL_PORT = 0xe9;
const MAX_LINE_CHARACTERS = 64;
const LISTEN = /^(?<verb>listen|close) (?<protocol>tcp|udp) (?<port>\d{1,5})$/;

export interface ControlListeners {
  /** The application listens on a port, or no longer. */
  readonly onListen: PortListener;
  /** The image hears Ctrl-C on its console and the power button from now on. */
  readonly onReady: () => void;
  /** The image ends because it was asked to, and the application had no handler for that. */
  readonly onInterrupted: () => void;
}

/** Opens the way at `path`; QEMU connects to it. A line that is none of ours is passed over. */
export async function openControl(path: string, listeners: ControlListeners): Promise<void> {
  const { connected } = await expectConnection(path);
  const take = (line: string): void => {
    if (line === "ready") listeners.onReady();
    if (line === "interrupted") listeners.onInterrupted();
    const { verb, protocol, port } = LISTEN.exec(line)?.groups ?? {};
    const number = Number(port);
    if (verb === undefined || number < 1 || number > 65_535) return;
    listeners.onListen(protocol === "udp" ? "udp" : "tcp", number, verb === "listen");
  };
  void connected.then((socket) => {
    socket.on("error", () => {});
    socket.on("data", createLineReader(MAX_LINE_CHARACTERS, take));
  });
}
