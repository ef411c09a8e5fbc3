/** A memory balloon in QEMU: the host takes memory, the image answers meanwhile, and gets it back. */
import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t from "tap";
import { qemuArguments } from "../../libos/run/qemu/arguments.ts";
import { freePort } from "../../libos/run/qemu/forward-ports.ts";
import { startQemu } from "../../libos/run/qemu/machine.ts";
import { openMonitor } from "../../libos/run/qemu/monitor.ts";
import { createAppBuilder, prepareImages } from "./app-build.ts";

const skip = await prepareImages();
const builder = createAppBuilder();
t.teardown(() => builder.dispose());
const app = skip === false ? await builder.build("tests/image/app-fixtures/balloon") : undefined;

const MIB = 2 ** 20;
const MEMORY_BYTES = 64 * MIB;
const PATIENCE_MS = 60_000;
/** QEMU takes a connection before the image listens, and forgets it: ask again soon. */
const ATTEMPT_MS = 2000;
const LOOK_MS = 20;

function ask(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = "";
    const socket = connect(port, "127.0.0.1").setEncoding("latin1").setTimeout(ATTEMPT_MS);
    socket.on("connect", () => void socket.write(text));
    socket.on("data", (part) => (answer += String(part)));
    socket.on("end", () => resolve(answer));
    socket.on("timeout", () => socket.destroy(new Error("no answer")));
    socket.on("error", reject);
  });
}

/** Looks again until what it sees is right, and returns it; or the last that it saw. */
async function until<Seen>(
  look: () => Promise<Seen>,
  isRight: (seen: Seen) => boolean,
): Promise<Seen> {
  const endMs = Date.now() + PATIENCE_MS;
  for (;;) {
    const seen = await look();
    if (isRight(seen) || Date.now() > endMs) return seen;
    await new Promise((resolve) => void setTimeout(resolve, LOOK_MS));
  }
}

for (const machine of ["microvm", "q35"] as const) {
  t.test(
    `the host takes memory of an image on ${machine}, and gives it back`,
    { skip },
    async (t) => {
      // The path of a socket has at most 107 characters.
      const folder = mkdtempSync(join(tmpdir(), "libos-"));
      t.teardown(() => rmSync(folder, { recursive: true, force: true }));
      const monitorPath = join(folder, "monitor");
      const monitor = await openMonitor(monitorPath);
      const hostPort = await freePort("127.0.0.1");
      const publish = [
        { hostAddress: "127.0.0.1", hostPort, appPort: 7, protocol: "tcp" },
      ] as const;
      let output = "";
      const running = startQemu(
        qemuArguments({
          ...{ imagePath: app!.path, machine, memoryBytes: MEMORY_BYTES, net: true, publish },
          ...{ balloon: true, monitorPath },
        }),
        folder,
        (text) => (output += text),
      );
      t.teardown(() => running.stop());
      const actual = async (): Promise<number> =>
        ((await monitor.run("query-balloon")) as { actual: number }).actual;
      const take = (bytes: number): Promise<string> =>
        until(
          () => ask(hostPort, String(bytes)).catch(() => ""),
          (answer) => answer !== "",
        );
      t.equal(await take(0), "0", output);
      t.equal(await actual(), MEMORY_BYTES);

      await monitor.run("balloon", { value: MEMORY_BYTES - MIB });
      const exact = await until(actual, (bytes) => bytes <= MEMORY_BYTES - MIB);
      t.equal(exact, MEMORY_BYTES - MIB);
      // As far as it can be spared, and no farther.
      await monitor.run("balloon", { value: MIB });
      const least = await until(actual, (bytes) => bytes < MEMORY_BYTES - 5 * MIB);
      t.ok(least < MEMORY_BYTES - 5 * MIB, `${MEMORY_BYTES - least} bytes were given`);
      t.ok(least > MEMORY_BYTES / 2);
      t.equal(await take(0), "0", "it answers");

      t.equal(await take(3 * MIB), String(3 * MIB), "what it needs comes back");
      const grown = await until(actual, (bytes) => bytes > least);
      t.ok(grown > least, `${grown - least} bytes came back`);
      await monitor.run("balloon", { value: MEMORY_BYTES });
      t.equal(await until(actual, (bytes) => bytes === MEMORY_BYTES), MEMORY_BYTES);
      t.equal(await take(0), "0", "and it answers");
      running.interrupt();
      t.same(await running.ended, { kind: "exit", code: 0 });
      t.equal(output, "");
    },
  );
}
