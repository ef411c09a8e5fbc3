import t from "tap";
import { announcePacking, type Output } from "./output.ts";

t.test("who waits for packing is told how long, and nobody else", (t) => {
  const told: string[] = [];
  const output: Output = { event: (_name, text) => told.push(text) };
  announcePacking(output, 2_000_000, "speed");
  t.same(told, []);
  announcePacking(output, 2_000_000, "size");
  announcePacking(output, 30_000_000, "speed");
  announcePacking(output, 600_000_000, "speed");
  t.same(told, [
    "packing 2.0 MB for size, which takes about 5 seconds",
    "packing 30.0 MB for speed, which takes about 10 seconds",
    "packing 600.0 MB for speed, which takes about 4 minutes",
  ]);
  t.end();
});
