/** `createReadStream` and `createWriteStream`, side by side with those of node:fs. */
import { once } from "node:events";
import nodeFs from "node:fs";
import os from "node:os";
import nodePath from "node:path";
import { pipeline } from "node:stream/promises";
import t from "tap";
import { makeFs } from "./testing/make-fs.ts";

type NodeFs = typeof nodeFs;

/** Runs the same script on both, in folders of the same name. @returns What each returned. */
async function onBoth(
  script: (fs: NodeFs, folder: string) => Promise<unknown>,
): Promise<{ found: unknown; expected: unknown }> {
  const folder = nodeFs.mkdtempSync(nodePath.join(os.tmpdir(), "libos-streams-"));
  try {
    const { fs } = makeFs();
    fs.mkdirSync(folder, { recursive: true });
    const expected = await script(nodeFs, folder);
    return { found: await script(fs as unknown as NodeFs, folder), expected };
  } finally {
    nodeFs.rmSync(folder, { recursive: true });
  }
}

/** The names of what a stream emits, in order, until "close". */
function record(stream: NodeJS.EventEmitter, names: readonly string[]): Promise<string[]> {
  const seen: string[] = [];
  for (const name of names) stream.on(name, () => seen.push(name));
  return new Promise((resolve) => stream.once("close", () => resolve(seen)));
}

const EVENTS = ["open", "ready", "end", "finish", "error", "close"];

t.test("a write stream and a read stream emit the same events as Node's", async (t) => {
  const { found, expected } = await onBoth(async (fs, folder) => {
    const path = `${folder}/file`;
    const writer = fs.createWriteStream(path);
    const pending = writer.pending;
    const written = record(writer, EVENTS);
    writer.write("hello ");
    writer.write(Buffer.from("world"));
    writer.end("!");
    const writerEvents = await written;
    const reader = fs.createReadStream(path);
    const read = record(reader, EVENTS);
    let text = "";
    reader.on("data", (part) => (text += String(part)));
    return [
      pending,
      writerEvents,
      writer.bytesWritten,
      writer.path === path,
      writer.closed,
      await read,
      text,
      reader.bytesRead,
      reader.path === path,
      reader.destroyed,
    ];
  });
  t.same(found, expected);
});

t.test("start, end and highWaterMark choose what is read, and in which parts", async (t) => {
  const { found, expected } = await onBoth(async (fs, folder) => {
    const path = `${folder}/file`;
    fs.writeFileSync(path, "0123456789");
    const results: string[][] = [];
    for (const options of [
      { start: 2, end: 5 },
      { start: 8 },
      { end: 0 },
      { start: 20 },
      { highWaterMark: 4 },
      { start: 1, highWaterMark: 3, end: 7 },
    ]) {
      const parts: string[] = [];
      for await (const part of fs.createReadStream(path, { ...options, encoding: "utf8" })) {
        parts.push(part as string);
      }
      results.push(parts);
    }
    return results;
  });
  t.same(found, expected);
});

t.test("start and flags choose what is written", async (t) => {
  const { found, expected } = await onBoth(async (fs, folder) => {
    const path = `${folder}/file`;
    const write = async (text: string, options?: object) => {
      const stream = fs.createWriteStream(path, options);
      stream.end(text);
      await once(stream, "close");
      return fs.readFileSync(path, "utf8");
    };
    return [
      await write("0123456789"),
      await write("ab", { start: 3 }),
      await write("cd", { flags: "a" }),
      await write("ef", { flags: "r+", start: 0 }),
      await write("6768", { encoding: "hex" }),
      await write("gh", { mode: 0o600, flush: true }),
    ];
  });
  t.same(found, expected);
});

t.test("a missing file is an error, and then the end", async (t) => {
  const { found, expected } = await onBoth(async (fs, folder) => {
    const results: unknown[] = [];
    for (const create of [
      () => fs.createReadStream(`${folder}/nothing`),
      () => fs.createWriteStream(`${folder}/nothing/below`),
    ]) {
      const stream = create();
      let failure: NodeJS.ErrnoException | undefined;
      stream.on("error", (error: NodeJS.ErrnoException) => (failure = error));
      const events = await record(stream, EVENTS);
      results.push(events, failure?.code, failure?.syscall, failure?.message.replace(folder, ""));
    }
    return results;
  });
  t.same(found, expected);
});

t.test("a descriptor is used, and left open with autoClose false", async (t) => {
  const { found, expected } = await onBoth(async (fs, folder) => {
    const path = `${folder}/file`;
    fs.writeFileSync(path, "0123456789");
    const fd = fs.openSync(path, "r+");
    const parts: string[] = [];
    const reader = fs.createReadStream("", { fd, autoClose: false, end: 3, encoding: "utf8" });
    reader.on("data", (part) => parts.push(part as string));
    await once(reader, "end");
    const writer = fs.createWriteStream("", { fd, start: 8 });
    writer.end("xy");
    await once(writer, "close");
    let closed = false;
    try {
      fs.fstatSync(fd);
    } catch {
      closed = true;
    }
    return [parts, reader.destroyed, fs.readFileSync(path, "utf8"), closed];
  });
  t.same(found, expected);
});

t.test("close calls back, also on a stream that is closed", async (t) => {
  const { found, expected } = await onBoth(async (fs, folder) => {
    const path = `${folder}/file`;
    const order: string[] = [];
    const writer = fs.createWriteStream(path);
    writer.write("text");
    await new Promise<void>((resolve) => writer.close(() => resolve()));
    order.push(fs.readFileSync(path, "utf8"));
    await new Promise<void>((resolve) => writer.close(() => resolve()));
    const reader = fs.createReadStream(path);
    await new Promise<void>((resolve) => reader.close(() => resolve()));
    order.push(String(reader.destroyed));
    return order;
  });
  t.same(found, expected);
});

t.test("a large file passes through a pipeline with back-pressure", async (t) => {
  const { fs, vfs } = makeFs();
  const data = Buffer.alloc(3_000_000);
  for (let i = 0; i < data.length; i++) data[i] = i % 251;
  fs.writeFileSync("/from", data);
  const reader = fs.createReadStream("/from");
  await pipeline(
    reader as unknown as NodeJS.ReadableStream,
    fs.createWriteStream("/to") as unknown as NodeJS.WritableStream,
  );
  t.ok(data.equals(fs.readFileSync("/to")));
  t.equal(reader.bytesRead, data.length);
  t.equal(vfs.openFileCount(), 0);
});

t.test("a signal ends a stream with AbortError", async (t) => {
  const { fs, vfs } = makeFs();
  fs.writeFileSync("/f", "x".repeat(1000));
  const controller = new AbortController();
  const stream = fs.createReadStream("/f", { signal: controller.signal, highWaterMark: 10 });
  const failed = once(stream, "error");
  stream.once("data", () => controller.abort());
  const [error] = (await failed) as [Error];
  t.equal(error.name, "AbortError");
  if (!stream.closed) await once(stream, "close");
  t.equal(vfs.openFileCount(), 0);
});

t.test("a full file system fails a write stream with ENOSPC", async (t) => {
  const { fs, vfs } = makeFs({ limits: { bytes: 100_000 } });
  const stream = fs.createWriteStream("/f");
  stream.write(Buffer.alloc(90_000));
  stream.end(Buffer.alloc(90_000));
  const [error] = (await once(stream, "error")) as [NodeJS.ErrnoException];
  t.equal(error.code, "ENOSPC");
  t.ok(fs.statSync("/f").size > 90_000, "what there was room for is there");
  t.equal(vfs.openFileCount(), 0);
});

t.test("the classes can be called, extended and given an fs", async (t) => {
  const { fs } = makeFs();
  fs.writeFileSync("/f", "text");
  const opened: string[] = [];
  const own = {
    ...fs,
    open: (path: string, ...rest: unknown[]) => {
      opened.push(path);
      (fs.open as (...values: unknown[]) => void)(path, ...rest);
    },
  };
  const { ReadStream } = fs as unknown as {
    ReadStream: new (path: string, options: object) => AsyncIterable<string>;
  };
  const stream = new ReadStream("/f", { fs: own, encoding: "utf8" });
  let text = "";
  for await (const part of stream) text += part;
  t.same([text, opened], ["text", ["/f"]]);
  t.ok(stream instanceof ReadStream);
  t.ok(fs.createReadStream("/f").on("error", () => {}) instanceof ReadStream);
});

t.test(
  "a package may extend the classes in the manner of ES5, with an open of its own",
  async (t) => {
    const { found, expected } = await onBoth(async (fs, folder) => {
      type Opening = { path: string; fd: number; emit(event: string, value: unknown): void };
      type StreamFunction = {
        (this: unknown, path: string): unknown;
        prototype: { open?: () => void };
      };
      const path = `${folder}/file`;
      fs.writeFileSync(path, "text");
      const Base = fs.ReadStream as unknown as StreamFunction;
      const opened: string[] = [];
      // As graceful-fs does.
      function Stream(this: unknown, path: string): void {
        Base.call(this, path);
      }
      Stream.prototype = Object.create(Base.prototype) as { open?: () => void };
      Stream.prototype.open = function (this: Opening): void {
        fs.open(this.path, "r", (_error, fd) => {
          opened.push(this.path === path ? "the path" : "another");
          this.fd = fd;
          this.emit("open", fd);
        });
      };
      const make = Stream as unknown as new (path: string) => AsyncIterable<Buffer>;
      let text = "";
      for await (const part of new make(path)) text += part.toString();
      const called = (fs.ReadStream as unknown as StreamFunction)(path);
      (called as NodeJS.EventEmitter).on("error", () => {});
      return [text, opened, called instanceof fs.ReadStream];
    });
    t.same(found, expected);
  },
);
