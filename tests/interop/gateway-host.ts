/** Peers on the host's side, made of Node's own modules: the judges of the gateway's tests. */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import http from "node:http";
import net from "node:net";

/** A server of the host, and what closes it with all its connections. */
export interface HostServer {
  readonly port: number;
  close(): void;
}

/** Listens at 127.0.0.1 with half-open sockets. */
export async function startTcpServer(onSocket: (socket: net.Socket) => void): Promise<HostServer> {
  const open = new Set<net.Socket>();
  const server = net.createServer({ allowHalfOpen: true }, (socket) => {
    open.add(socket);
    socket.on("error", () => {});
    onSocket(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as net.AddressInfo).port,
    close(): void {
      server.close();
      for (const socket of open) socket.destroy();
    },
  };
}

export async function startHttpServer(listener: http.RequestListener): Promise<HostServer> {
  const server = http.createServer(listener);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as net.AddressInfo).port,
    close(): void {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** A port of 127.0.0.1 that nobody listens on. */
export async function findFreePort(): Promise<number> {
  const server = await startTcpServer(() => {});
  server.close();
  return server.port;
}

/** What is hashed: a socket of either side. */
interface Source {
  on(event: "data", listener: (chunk: Uint8Array) => void): unknown;
  on(event: "end", listener: () => void): unknown;
  on(event: "error", listener: (error: Error) => void): unknown;
}

/** Length and SHA-256 of all that comes. */
export function hashOf(source: Source): Promise<string> {
  const hash = createHash("sha256");
  let bytes = 0;
  return new Promise((resolve, reject) => {
    source.on("data", (chunk) => {
      hash.update(chunk);
      bytes += chunk.length;
    });
    source.on("end", () => resolve(`${bytes} ${hash.digest("hex")}`));
    source.on("error", reject);
  });
}

/** Blocks that depend on their place, so that a block that is lost, doubled or moved is seen. */
export function* blocks(totalBytes: number, blockBytes: number = 65_536): Generator<Buffer> {
  for (let sent = 0; sent < totalBytes; sent += blockBytes) {
    const block = Buffer.allocUnsafe(Math.min(blockBytes, totalBytes - sent));
    for (let at = 0; at < block.length; at++) block[at] = (sent + at * 7 + (sent >>> 16)) & 255;
    yield block;
  }
}

export function hashOfBlocks(totalBytes: number): string {
  const hash = createHash("sha256");
  for (const block of blocks(totalBytes)) hash.update(block);
  return `${totalBytes} ${hash.digest("hex")}`;
}

/** Runs a program of the host. @returns Its output, or undefined when the host does not have it. */
export function run(program: string, parameters: readonly string[]): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    execFile(program, parameters, { maxBuffer: 2 ** 28 }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else if (error.code === "ENOENT") resolve(undefined);
      else reject(new Error(`${program}: ${stderr || error.message}`));
    });
  });
}

/** Waits until `condition` holds. @throws Error that names `what`, after twenty seconds. */
export async function until(what: string, condition: () => boolean): Promise<void> {
  const deadline = performance.now() + 20_000;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`waited in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

export const sleep = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });
