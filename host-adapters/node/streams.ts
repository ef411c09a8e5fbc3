/** Node's standard streams as a console. */
import process from "node:process";
import type { Readable, Writable } from "node:stream";
import type { HostInput, HostOutput } from "../shared/host-platform.ts";

/** The three standard streams. */
export interface NodeStreams {
  readonly stdin: Readable;
  readonly stdout: Writable;
  readonly stderr: Writable;
}

/**
 * Output to Node's streams, which keep the order with what others of the process write there. Node
 * writes to files, terminals and (on Linux) pipes at once, so a reader that has stopped reading
 * stops the process, as with every program of that host.
 */
export function createNodeOutput(stdout?: Writable, stderr?: Writable): HostOutput {
  const opened: (Writable | undefined)[] = [];
  const stream = (number: 1 | 2): Writable => {
    let found = opened[number];
    if (found === undefined) {
      found = number === 1 ? (stdout ?? process.stdout) : (stderr ?? process.stderr);
      // A reader that is gone (`| head`) is not an error of the system: the rest is dropped.
      found.on("error", () => {});
      opened[number] = found;
    }
    return found;
  };
  return {
    write(number, bytes) {
      stream(number).write(bytes);
    },
    whenWritten(done) {
      const pending = opened.filter((each) => each !== undefined && !each.destroyed) as Writable[];
      let left = pending.length;
      if (left === 0) done();
      for (const each of pending) {
        each.write("", () => {
          left--;
          if (left === 0) done();
        });
      }
    },
  };
}

/** Input from Node's stream. Reading does not keep the process alive where Node can tell it so. */
export function createNodeInput(stdin?: Readable): HostInput {
  return {
    start(accept) {
      const stream: Readable & { unref?(): unknown } = stdin ?? process.stdin;
      const onData = (bytes: Uint8Array): void => accept(bytes);
      const onEnd = (): void => accept(new Uint8Array(0));
      stream.on("data", onData);
      stream.once("end", onEnd);
      stream.unref?.();
      return {
        pause: () => void stream.pause(),
        resume: () => void stream.resume(),
        stop() {
          stream.off("data", onData);
          stream.off("end", onEnd);
          stream.pause();
        },
      };
    },
  };
}
