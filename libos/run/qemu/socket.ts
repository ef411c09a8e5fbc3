/** Sockets by which QEMU is told and tells: each is a file in a folder that only its user can enter. */
import { createServer, type Socket } from "node:net";

/** `sun_path` on Linux, with its NUL. */
const MAX_PATH_BYTES = 107;

/**
 * Listens for QEMU's one connection.
 *
 * @returns When it listens, so that QEMU may start; the socket comes when QEMU connects.
 * @throws Error, one line, when that can't be.
 */
export async function expectConnection(
  path: string,
): Promise<{ readonly connected: Promise<Socket> }> {
  if (Buffer.byteLength(path) > MAX_PATH_BYTES) {
    throw new Error(`${path} is too long for a socket; set TMPDIR to a shorter folder`);
  }
  const server = createServer();
  const connected = new Promise<Socket>((resolve) => {
    server.once("connection", (socket) => {
      server.close();
      resolve(socket.setEncoding("utf8").unref());
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, resolve);
  });
  server.unref();
  return { connected };
}

/**
 * Takes text apart into lines.
 *
 * @param maxCharacters A longer line is dropped.
 */
export function createLineReader(
  maxCharacters: number,
  take: (line: string) => void,
): (text: string) => void {
  let line = "";
  let isTooLong = false;
  return (text) => {
    for (const part of text.split(/(?<=\n)/)) {
      if (line.length + part.length > maxCharacters) isTooLong = true;
      else line += part;
      if (!part.endsWith("\n")) continue;
      if (!isTooLong) take(line.trimEnd());
      line = "";
      isTooLong = false;
    }
  };
}
