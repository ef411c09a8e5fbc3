import t from "tap";
import {
  encodeTrailers,
  HTTP_LIMITS,
  MessageParser,
  type HeadAnswer,
  type HttpLimits,
} from "./mod.ts";

/** A parser that keeps what it was told. */
function collect(
  type: "request" | "response",
  limits: Partial<HttpLimits> = {},
  answer: (parser: MessageParser) => HeadAnswer = () => "body",
): { parser: MessageParser; events: string[]; feed(text: string): number } {
  const events: string[] = [];
  const parser = new MessageParser(
    type,
    {
      onHead(head) {
        events.push(type === "request" ? `${head.method} ${head.target}` : `${head.statusCode}`);
        return answer(head);
      },
      onBody: (bytes, start, end) => {
        events.push(`body ${Buffer.from(bytes.subarray(start, end)).toString("latin1")}`);
      },
      onComplete: (head) => events.push(`end ${head.rawTrailers.join(",")}`.trim()),
    },
    { limits: { ...HTTP_LIMITS, ...limits } },
  );
  return { parser, events, feed: (text) => parser.feed(Buffer.from(text, "latin1")) };
}

t.test("names and values come as they were sent, without the white space around", (t) => {
  const { parser, feed } = collect("request");
  feed("GET /x HTTP/1.1\r\nHOST:  a \r\nhost-x: b\r\nContent-Type:c\r\ncontent-type: d\r\n\r\n");
  t.same(parser.rawHeaders, "HOST a host-x b Content-Type c content-type d".split(" "));
  t.equal(parser.hasHost, true);
  t.end();
});

t.test("a head of many fields grows the table, up to the limit", (t) => {
  const fields = Array.from({ length: 100 }, (_, index) => `X-${index}: ${index}\r\n`).join("");
  const many = collect("request");
  many.feed(`GET / HTTP/1.1\r\n${fields}\r\n`);
  t.equal(many.parser.rawHeaders.length, 200);
  t.equal(many.parser.rawHeaders[199], "99");
  const few = collect("request", { maxHeaderCount: 99 });
  few.feed(`GET / HTTP/1.1\r\n${fields}\r\n`);
  t.equal(few.parser.error?.code, "HPE_HEADER_OVERFLOW");
  t.end();
});

t.test("each limit refuses what is one beyond it, whole and byte by byte", (t) => {
  const head = "GET /1234 HTTP/1.1\r\nHost: a\r\n\r\n";
  const chunkedHead = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
  const cases: [Partial<HttpLimits>, Partial<HttpLimits>, string, string][] = [
    [
      { maxHeaderBytes: head.length },
      { maxHeaderBytes: head.length - 1 },
      head,
      "HPE_HEADER_OVERFLOW",
    ],
    [{ maxStartLineBytes: 20 }, { maxStartLineBytes: 19 }, head, "HPE_HEADER_OVERFLOW"],
    [{ maxHeaderCount: 1 }, { maxHeaderCount: 0 }, head, "HPE_HEADER_OVERFLOW"],
    [{ maxEmptyLines: 2 }, { maxEmptyLines: 1 }, `\r\n\r\n${head}`, "HPE_INVALID_METHOD"],
    [
      { maxTrailerBytes: 8 },
      { maxTrailerBytes: 7 },
      `${chunkedHead}0\r\nX: y\r\n\r\n`,
      "HPE_HEADER_OVERFLOW",
    ],
    [
      { maxChunkExtensionBytes: 4 },
      { maxChunkExtensionBytes: 3 },
      `${chunkedHead}1;a\r\nx\r\n1;b\r\ny\r\n0\r\n\r\n`,
      "HPE_CHUNK_EXTENSIONS_OVERFLOW",
    ],
  ];
  for (const [enough, little, text, code] of cases) {
    for (const cut of [1, text.length]) {
      const good = collect("request", enough);
      const bad = collect("request", little);
      for (let at = 0; at < text.length; at += cut) {
        good.feed(text.slice(at, at + cut));
        bad.feed(text.slice(at, at + cut));
      }
      t.equal(good.parser.error, undefined, JSON.stringify(enough));
      t.equal(bad.parser.error?.code, code, JSON.stringify(little));
    }
  }
  t.end();
});

t.test("garbage is refused at its first byte, before any line has ended", (t) => {
  for (const text of ["\x16\x03", "QUACK", "GET x", " ", "\r\r", "GETX"]) {
    const { parser, feed } = collect("request");
    feed(text);
    if (text !== "GET x") t.ok(parser.error, JSON.stringify(text));
    feed(" HTTP/1.1\r\n");
    t.ok(parser.error, JSON.stringify(text));
  }
  t.end();
});

t.test("pause stops behind the message, and the rest can be presented again", (t) => {
  const { parser, events } = collect("request", {}, (head) => {
    head.pause();
    return "body";
  });
  const bytes = Buffer.from("GET /1 HTTP/1.1\r\n\r\nGET /2 HTTP/1.1\r\n\r\n");
  const stopped = parser.feed(bytes);
  t.equal(stopped, bytes.length / 2);
  t.same(events, ["GET /1", "end"]);
  t.equal(parser.feed(bytes, stopped), stopped, "nothing is read while paused");
  parser.resume();
  t.equal(parser.feed(bytes, stopped), bytes.length);
  t.same(events, ["GET /1", "end", "GET /2", "end"]);
  t.end();
});

t.test("a hand-over leaves the bytes behind the head to the caller", (t) => {
  const text = "CONNECT a:443 HTTP/1.1\r\n\r\nrest";
  for (const cut of [1, 5, text.length]) {
    const { parser } = collect("request", {}, () => "hand-over");
    let read = 0;
    for (let at = 0; at < text.length; at += cut) {
      const part = Buffer.from(text.slice(at, at + cut));
      const stopped = parser.feed(part);
      read += stopped;
      if (stopped < part.length) break;
    }
    t.equal(read, text.length - 4);
  }
  t.end();
});

t.test("an answer to HEAD has no body, whatever its length says", (t) => {
  const { parser, events, feed } = collect("response", {}, () => "no-body");
  feed("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n");
  t.same(events, ["200", "end", "204", "end"]);
  t.equal(parser.keepsAlive, true);
  t.end();
});

t.test("a response without a length ends with the connection, which can't be used again", (t) => {
  const { parser, events, feed } = collect("response");
  feed("HTTP/1.1 200 OK\r\n\r\nab");
  feed("cd");
  t.equal(parser.keepsAlive, false);
  t.equal(parser.finish(), undefined);
  t.same(events, ["200", "body ab", "body cd", "end"]);
  t.end();
});

t.test("keepsAlive follows version and Connection (RFC 9112 9.3)", (t) => {
  const cases: [string, string, boolean][] = [
    ["1.1", "", true],
    ["1.1", "Connection: close\r\n", false],
    ["1.1", "Connection: Keep-Alive\r\n", true],
    ["1.0", "", false],
    ["1.0", "Connection: keep-alive\r\n", true],
    ["1.0", "Connection: keep-alive, close\r\n", false],
  ];
  for (const [version, fields, keepsAlive] of cases) {
    const { parser, feed } = collect("request");
    feed(`GET / HTTP/${version}\r\n${fields}\r\n`);
    t.equal(parser.keepsAlive, keepsAlive, version + fields);
  }
  t.end();
});

t.test("stop within a callback ends the reading there", (t) => {
  const { parser, events, feed } = collect("request", {}, (head) => {
    head.stop();
    return "body";
  });
  feed("GET / HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\n\r\n");
  t.same(events, ["GET /"]);
  t.equal(parser.finish(), undefined);
  t.end();
});

t.test("what the encoder writes as trailers the parser reads", (t) => {
  const { events, feed } = collect("request");
  feed("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n");
  feed(encodeTrailers(["X-Sum", "1", "Y", "2"]));
  t.same(events, ["POST /", "end X-Sum,1,Y,2"]);
  t.end();
});

t.test("fields that repeat those of the head before read as if they were sent once", (t) => {
  const { parser, events } = collect("request");
  const seen: string[][] = [];
  const send = (text: string): void => {
    const bytes = Buffer.from(text, "latin1");
    parser.feed(bytes);
    // Neither what the parser was given nor what it gave away is its own.
    bytes.fill(0x78);
    seen.push([...parser.rawHeaders]);
    parser.rawHeaders.push("changed", "by the application");
  };
  for (const target of ["/a", "/b", "/c"])
    send(`GET ${target} HTTP/1.1\r\nHost: a\r\nB: c\r\n\r\n`);
  t.same(events, ["GET /a", "end", "GET /b", "end", "GET /c", "end"]);
  t.same(seen, Array(3).fill(["Host", "a", "B", "c"]));
  for (const fields of ["Host: a\r\nB: d\r\n", "Host: a\r\nB: c\r\nE: f\r\n", "Host: a\r\n"]) {
    for (let round = 0; round < 3; round++) send(`GET / HTTP/1.1\r\n${fields}\r\n`);
    t.same(seen.slice(-3), Array(3).fill(fields.split(/: |\r\n/).slice(0, -1)));
  }
  t.equal(events.length, 24);
  t.end();
});

t.test("a repeated request keeps its length, its version and its limits", (t) => {
  const head = "POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\n";
  const { parser, events, feed } = collect("request", { maxHeaderBytes: head.length });
  for (let round = 0; round < 4; round++) feed(`${head}ab`);
  t.same(events, Array(4).fill(["POST /", "body ab", "end"]).flat());
  t.equal(parser.contentLength, 2);
  feed(`${head.replace("1.1", "1.0")}ab`);
  t.equal(parser.keepsAlive, false);
  const longer = collect("request", { maxHeaderBytes: head.length });
  for (let round = 0; round < 3; round++) longer.feed(`${head}ab`);
  longer.feed(head.replace("/", "/1"));
  t.equal(longer.parser.error?.code, "HPE_HEADER_OVERFLOW");
  t.end();
});
