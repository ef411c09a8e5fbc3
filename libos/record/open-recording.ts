import {
  EndOfRecording,
  EntryReader,
  FORMAT_VERSION,
  MAGIC,
  type RecordingHeader,
} from "./format.ts";

/**
 * Opens a recording.
 *
 * @throws Error, one line, when the bytes are no recording or of another version.
 */
export function openRecording(bytes: Uint8Array): { header: RecordingHeader; reader: EntryReader } {
  const reader = new EntryReader(bytes);
  try {
    for (const character of MAGIC) {
      if (reader.byte() !== character.charCodeAt(0)) throw new EndOfRecording("");
    }
    const version = reader.byte();
    if (version !== FORMAT_VERSION) {
      throw new Error(
        `the recording has format version ${version}; this libos reads version ${FORMAT_VERSION}`,
      );
    }
    return { header: JSON.parse(reader.text()) as RecordingHeader, reader };
  } catch (error) {
    if (error instanceof EndOfRecording || error instanceof SyntaxError) {
      throw new Error("this is not a recording of libos, or its beginning is missing", {
        cause: error,
      });
    }
    throw error;
  }
}
