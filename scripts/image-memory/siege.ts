/** Clients that want all of a server's memory: heads without end, answers that nobody reads, and more. */
import { connect, type Socket } from "node:net";
import { createRandom } from "../../host-adapters/shared/random.ts";
import { answersSoon, type Work } from "./trial.ts";

/** What one client sends, and never more. */
const HOSTILE: readonly string[] = [
  // A head that never ends.
  "GET / HTTP/1.1\r\nHost: a\r\nX: ",
  // Answers that nobody reads.
  "GET / HTTP/1.1\r\nHost: a\r\n\r\n".repeat(40),
  // Fields without end, in one piece.
  `GET / HTTP/1.1\r\nHost: a\r\n${"X: y\r\n".repeat(2600)}`,
  // A body that nobody wants.
  `POST /api/ping HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\n${"x".repeat(60_000)}`,
];
const CLIENTS = 160;
/** Between two clients, in milliseconds. */
const PAUSE_MS = 12;
const STAY_MS = 1000;

/**
 * Clients of all kinds come one after another, stay and go: each by itself while others come, or all
 * at the end.
 *
 * @param seed Who comes when, and who goes early.
 * @returns Work that did as it should when the server answers others afterwards.
 */
export function createSiege(seed: number): Work {
  return async (port, hasEnded) => {
    if (!(await answersSoon(port, hasEnded))) return false;
    const random = createRandom(seed, "siege");
    // Some sieges let nobody go before the end.
    const leaving = random.below(3) / 8;
    const sockets: Socket[] = [];
    for (let client = 0; client < CLIENTS && !hasEnded(); client++) {
      const socket = connect(port, "127.0.0.1").on("error", () => {});
      socket.pause();
      socket.write(HOSTILE[random.below(HOSTILE.length)]!);
      sockets.push(socket);
      if (random.chance(leaving)) leave(sockets[random.below(sockets.length)]!, random.chance(0.5));
      await pause(random.below(PAUSE_MS));
    }
    await pause(STAY_MS);
    for (const socket of sockets) leave(socket, random.chance(0.5));
    return !hasEnded() && (await answersSoon(port, hasEnded)) && !hasEnded();
  };
}

function leave(socket: Socket, isReset: boolean): void {
  if (isReset) socket.resetAndDestroy();
  else socket.destroy();
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, ms));
}
