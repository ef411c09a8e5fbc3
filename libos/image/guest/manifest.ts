/** What the image was built with. */
import { parseArchive, type Archive } from "../archive.ts";
import { native, writeLine } from "./machine.ts";

function openArchive(): Archive {
  const { attachment, text } = native;
  const decode = (bytes: Uint8Array): string => text.decode(bytes, 0, bytes.length) ?? "";
  const found = parseArchive(attachment, decode);
  if (found !== undefined) return found;
  writeLine("libos: this image has no archive: it was altered, or built by another version");
  native.power.off(70);
}

export const archive: Archive = openArchive();
