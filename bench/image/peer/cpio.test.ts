import t from "tap";
import { encodeCpio } from "./cpio.ts";

const text = (bytes: Uint8Array): string => new TextDecoder("latin1").decode(bytes);
const FILE_MODE = 0o100755;

t.test("each header, name and content begins at a multiple of four", async (t) => {
  const archive = encodeCpio([
    { path: "a", mode: FILE_MODE, data: Buffer.from("12345") },
    { path: "longer-name", mode: FILE_MODE },
  ]);
  const starts = [...text(archive).matchAll(/070701/g)].map(({ index }) => index);
  t.equal(starts.length, 3);
  for (const start of starts) t.equal(start % 4, 0);
  t.equal(archive.length % 4, 0);
  // Magic and 13 numbers of eight digits, then the name with its NUL.
  t.equal(text(archive.subarray(110, 112)), "a\0");
  t.equal(text(archive.subarray(112, 117)), "12345");
  t.match(text(archive), "TRAILER!!!");
});
