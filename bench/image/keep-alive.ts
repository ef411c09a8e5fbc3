/** What "serves so many connections" means where memory is measured. */
import { Agent, get } from "node:http";

export interface Server {
  readonly host: string;
  readonly port: number;
}

/** @returns Whether one request for `/` was answered by 200. */
export function answerOf(agent: Agent, server: Server, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get({ agent, ...server, timeout: timeoutMs }, (response) => {
      response.resume();
      response.on("end", () => resolve(response.statusCode === 200));
      response.on("error", () => resolve(false));
    });
    request.on("timeout", () => request.destroy());
    request.on("error", () => resolve(false));
  });
}

/**
 * Opens connections one after the other, each with a request, keeps all of them open, and then asks
 * over all at once.
 *
 * @returns Whether all have got both answers.
 */
export async function answersAll(
  server: Server,
  connections: number,
  timeoutMs: number,
): Promise<boolean> {
  const agents = Array.from({ length: connections }, () => new Agent({ keepAlive: true }));
  let works = true;
  // QEMU's port forwarding takes one new connection at a time, and drops more.
  for (const agent of agents) works &&= await answerOf(agent, server, timeoutMs);
  const answers = await Promise.all(agents.map((agent) => answerOf(agent, server, timeoutMs)));
  for (const agent of agents) agent.destroy();
  return works && answers.every((isAnswered) => isAnswered);
}
