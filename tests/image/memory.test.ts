/** Applications in little memory; `node scripts/image-memory.ts` finds the smallest. */
import { connect, type Socket } from "node:net";
import t from "tap";
import { answersSoon, worksIn, type Work } from "../../scripts/image-memory/trial.ts";
import { createAppBuilder, prepareImages } from "./app-build.ts";

const skip = await prepareImages();
const builder = createAppBuilder();
t.teardown(() => builder.dispose());

const CASES = [
  { entry: "tests/image/app-fixtures/hello.ts", memoryMib: 3, port: undefined, connections: 0 },
  { entry: "apps/website", memoryMib: 7, port: 80, connections: 64 },
] as const;

for (const { entry, memoryMib, port, connections } of CASES) {
  const what = port === undefined ? "" : ` with ${connections} connections kept open`;
  t.test(`${entry} works in ${memoryMib} MiB${what}`, { skip }, async (t) => {
    const { path } = await builder.build(entry);
    const trial = { imagePath: path, machine: "microvm", port, connections };
    const { works, reason } = await worksIn(trial, memoryMib * 1024);
    t.ok(works, reason);
  });
}

t.test("too little memory is told with what is needed", { skip }, async (t) => {
  const { path } = await builder.build("tests/image/app-fixtures/hello.ts");
  const trial = { imagePath: path, machine: "microvm", port: undefined, connections: 0 };
  const { works, reason } = await worksIn(trial, 1536);
  t.notOk(works);
  t.match(reason, /too little memory: .*(?:more are needed|must reach to)/);
});

const HOSTILE = {
  /** A head that never ends. */
  slow: "GET / HTTP/1.1\r\nHost: a\r\nX: ",
  /** Answers that nobody reads. */
  deaf: "GET / HTTP/1.1\r\nHost: a\r\n\r\n".repeat(40),
  /** Fields without end, in one piece. */
  large: `GET / HTTP/1.1\r\nHost: a\r\n${"X: y\r\n".repeat(2600)}`,
  /** A body that nobody wants. */
  body: `POST /api/ping HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\n${"x".repeat(60_000)}`,
} as const;
const CONNECTIONS_EACH = 40;

/** Takes as much of the server's memory as it gives, then goes. @returns Whether others are served then. */
const besiege: Work = async (port, hasEnded) => {
  if (!(await answersSoon(port, hasEnded))) return false;
  const sockets: Socket[] = [];
  for (let round = 0; round < CONNECTIONS_EACH; round++) {
    for (const text of Object.values(HOSTILE)) {
      const socket = connect(port, "127.0.0.1").on("error", () => {});
      socket.pause();
      socket.write(text);
      sockets.push(socket);
    }
    await new Promise((resolve) => void setTimeout(resolve, 25));
  }
  await new Promise((resolve) => void setTimeout(resolve, 1000));
  for (const socket of sockets) socket.destroy();
  return !hasEnded() && (await answersSoon(port, hasEnded)) && !hasEnded();
};

for (const memoryMib of [8]) {
  const name = `a website of ${memoryMib} MiB outlives clients that want all of its memory`;
  t.test(name, { skip }, async (t) => {
    const { path } = await builder.build("apps/website");
    const trial = { imagePath: path, machine: "microvm", port: 80, connections: 0 };
    const { works, reason } = await worksIn(trial, memoryMib * 1024, "", besiege);
    t.ok(works, reason);
  });
}
