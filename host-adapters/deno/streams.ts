/** Deno's standard streams as a console. */
import type { HostInput, HostOutput } from "../shared/host-platform.ts";
import type { DenoReader, DenoWriter } from "./deno-api.ts";

/** The three standard streams. */
export interface DenoStreams {
  readonly stdin: DenoReader;
  readonly stdout: DenoWriter;
  readonly stderr: DenoWriter;
}

/** Output at once, so nothing is ever left to write when the process ends. */
export function createDenoOutput(stdout: DenoWriter, stderr: DenoWriter): HostOutput {
  const isGone = { 1: false, 2: false };
  return {
    write(number, bytes) {
      const writer = number === 1 ? stdout : stderr;
      if (isGone[number]) return;
      try {
        for (let done = 0; done < bytes.length;) done += writer.writeSync(bytes.subarray(done));
      } catch {
        // A reader that is gone (`| head`) is not an error of the system: the rest is dropped.
        isGone[number] = true;
      }
    },
    whenWritten: (done) => done(),
  };
}

const READ_BYTES = 16_384;

/**
 * Input by one read after another. Deno has no way to let a process end while a read is pending, so
 * a system that has asked for input keeps the process alive until the input ends or `off` exits.
 */
export function createDenoInput(stdin: DenoReader): HostInput {
  return {
    start(accept) {
      let isPaused = false;
      let isReading = false;
      let isStopped = false;
      const readOn = async (): Promise<void> => {
        if (isReading) return;
        isReading = true;
        while (!isPaused && !isStopped) {
          const buffer = new Uint8Array(READ_BYTES);
          const count = await stdin.read(buffer).catch(() => null);
          if (isStopped) break;
          accept(buffer.subarray(0, count ?? 0));
          if (count === null) isStopped = true;
        }
        isReading = false;
      };
      void readOn();
      return {
        pause() {
          isPaused = true;
        },
        resume() {
          isPaused = false;
          void readOn();
        },
        stop() {
          isStopped = true;
        },
      };
    },
  };
}
