import type { FuzzTarget } from "../../components/testing/fuzz.ts";
import { EndOfRecording, EntryReader, EntryWriter } from "./format.ts";
import { openRecording } from "./open-recording.ts";

function header(): Uint8Array {
  const chunks: number[] = [];
  const writer = new EntryWriter((bytes) => chunks.push(...bytes));
  for (const character of "libosrec\x01") writer.byte(character.charCodeAt(0));
  writer.text(JSON.stringify({ platform: {}, net: [], block: [], shares: [], app: {} }));
  for (const value of [1, 127, 128, 2 ** 40, 2 ** 53 - 1]) writer.varint(value);
  writer.flush();
  return Uint8Array.from(chunks);
}

/** Only the refusals that the command turns into one line may be thrown. */
function isRefusal(error: unknown): boolean {
  return error instanceof EndOfRecording || /recording/.test((error as Error).message);
}

export const fuzz: readonly FuzzTarget[] = [
  {
    name: "record/header",
    seeds: [header()],
    run(bytes) {
      try {
        openRecording(bytes);
      } catch (error) {
        if (!isRefusal(error)) throw error;
      }
    },
  },
  {
    name: "record/entries",
    seeds: [header()],
    run(bytes) {
      const reader = new EntryReader(bytes);
      try {
        while (!reader.isAtEnd) {
          const count = reader.varint();
          if (count % 3 === 0) reader.text();
          else if (count % 3 === 1) reader.signed();
          else reader.bytes(count);
        }
      } catch (error) {
        if (!(error instanceof EndOfRecording)) throw error;
      }
    },
  },
];
