import { EntryReader, EntryWriter, TAG } from "./format.ts";

/** The exit code of an engine that gave up: that of every error that nobody caught. */
const UNCAUGHT = 1;
/** An entry of the end, with numbers of any size. */
const ENTRY_BYTES_MAX = 32;

/**
 * Finds the end of a recording whose engine gave up in the job that is replayed. Answers may stand
 * before it that another engine does not come to: what ran on the way out.
 *
 * @param position What was replayed ends here.
 * @param inputs The number of the job.
 * @returns Where the entry of the end begins; -1 where this is not the last job, or no engine gave up.
 */
export function findEngineEnd(recording: Uint8Array, position: number, inputs: number): number {
  const tail: number[] = [];
  const writer = new EntryWriter((bytes) => void tail.push(...bytes), ENTRY_BYTES_MAX);
  writer.byte(TAG.END);
  writer.varint(UNCAUGHT);
  writer.varint(inputs);
  writer.byte(1);
  writer.flush();
  const start = recording.length - tail.length;
  const end = new EntryReader(recording);
  end.position = start;
  return start >= position && tail.every((byte) => byte === end.byte()) ? start : -1;
}
