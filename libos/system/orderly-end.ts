/** The end of a system's connections in good order: what is queued is sent, and peers are told. */
import type { Tcp } from "../../components/tcp/mod.ts";
import type { Kernel } from "../kernel/mod.ts";

const STEP_US = 5_000;
/** In these states everything of ours has been acknowledged, our FIN too. */
const SENT_STATES: ReadonlySet<string> = new Set(["FIN-WAIT-2", "TIME-WAIT", "CLOSED"]);

/** Closes what is open, and waits until it is sent or the time is over. */
export async function closeConnections(kernel: Kernel, tcp: Tcp, graceUs: number): Promise<void> {
  for (const listener of [...tcp.listeners]) listener.close();
  for (const connection of [...tcp.connections]) connection.close();
  const deadlineUs = kernel.nowUs() + graceUs;
  while (isSending(tcp) && kernel.nowUs() < deadlineUs) await pause(kernel, STEP_US);
}

function isSending(tcp: Tcp): boolean {
  for (const { state } of tcp.connections) if (!SENT_STATES.has(state)) return true;
  return false;
}

function pause(kernel: Kernel, us: number): Promise<void> {
  return new Promise((resolve) => {
    kernel.timers.create(resolve, undefined).set(kernel.nowUs() + us);
  });
}
