/** Makes `process.stdout` and `process.stderr` streams, in an image that has streams. */
import { Writable } from "../../../api/shared/stream.ts";
import { outputs, writeBytes } from "../outputs.ts";

outputs.make = () =>
  new Writable({
    decodeStrings: true,
    write(chunk: Uint8Array, _encoding, callback) {
      writeBytes(chunk);
      callback();
    },
  });
