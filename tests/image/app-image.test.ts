/** Applications as images in QEMU: what they see, how they end, and what is refused. */
import { fileURLToPath } from "node:url";
import t from "tap";
import { createPositionMapper } from "../../libos/run/qemu/source-positions.ts";
import { createAppBuilder, prepareImages } from "./app-build.ts";
import { boot } from "./qemu.ts";

const skip = await prepareImages();
const builder = createAppBuilder();
t.teardown(() => builder.dispose());
const APPS = "tests/image/app-fixtures";
const FILES = fileURLToPath(new URL("app-fixtures/files", import.meta.url));

t.test("an everyday program runs as in Node", { skip }, async (t) => {
  const flags = { env: ["COLOR=blue"], volume: [`${FILES}:/data`] };
  const { path } = await builder.build(`${APPS}/everyday.ts`, flags, ["a", "b"]);
  for (const machine of ["microvm", "q35", "pc"] as const) {
    const { output, exitCode } = await boot({ kernel: path, machine });
    for (const line of [
      "env blue [ 'a', 'b' ]",
      "same fs true",
      "volume Grüße [ 'hello.txt', 'sub' ]",
      "deep below",
      "volume is EROFS",
      "copied 8",
      "order tick microtask immediate timeout slept true",
      "event 7",
      "text ß€😀 2",
      "uuid true true",
      "promisify true",
      "aborted true true",
      "exit 7",
    ]) {
      t.match(output, line);
    }
    t.equal(exitCode, 7, output);
  }
});

t.test("an error that nobody caught names the line in TypeScript", { skip }, async (t) => {
  const { path, map } = await builder.build(`${APPS}/throws.ts`);
  const { output, exitCode } = await boot({ kernel: path });
  const report = createPositionMapper(map)(output);
  t.match(
    report,
    /TypeError: cannot read property 'first' of undefined\s+at \w+ \(\S*throws\.ts:3:/,
  );
  t.match(report, /throws\.ts:6:/);
  t.equal(exitCode, 1);
});

t.test("errors that nobody caught are heard by process.on", { skip }, async (t) => {
  const { path } = await builder.build(`${APPS}/uncaught.ts`);
  const { output, exitCode } = await boot({ kernel: path });
  t.match(output, "heard at the top unhandledRejection");
  t.match(output, "heard in a promise unhandledRejection");
  t.match(output, "heard in a timer uncaughtException");
  t.match(output, "rejected Error: later");
  t.match(output, /still here\s+exit 0/);
  t.equal(exitCode, 0, output);
});

t.test("a module that images lack throws where it is used", { skip }, async (t) => {
  const { path, warnings } = await builder.build(`${APPS}/absent.ts`);
  t.match(warnings.join("\n"), /absent\.ts imports node:tls/);
  t.match(warnings.join("\n"), "node:crypto's pbkdf2Sync, which an image does not have");
  t.equal(warnings.length, 2);
  const { output, exitCode } = await boot({ kernel: path });
  t.match(output, "ERR_LIBOS_UNAVAILABLE an image has no node:tls's createSecureContext");
  t.match(output, "ERR_LIBOS_UNAVAILABLE an image has no node:crypto's pbkdf2Sync");
  t.equal(exitCode, 0);
});

t.test("NODE_ENV is production, or what is given, in code and environment", { skip }, async (t) => {
  for (const [flags, value] of [
    [{}, "production"],
    [{ env: ["NODE_ENV=development"] }, "development"],
  ] as const) {
    const { path, code } = await builder.build(`${APPS}/node-env.ts`, flags);
    t.notMatch(new TextDecoder().decode(code), "env.NODE_ENV", "it is put into the code");
    const { output } = await boot({ kernel: path });
    t.match(output, `built ${value} runs ${value}`);
  }
});

t.test("the same input gives the same bytes", { skip }, async (t) => {
  const flags = { volume: [`${FILES}:/data`] };
  const [first, second] = [
    await builder.build(`${APPS}/everyday.ts`, flags),
    await builder.build(`${APPS}/everyday.ts`, flags),
  ];
  t.ok(Buffer.from(first.bytes).equals(second.bytes), "the images are equal");
  t.equal(first.map, second.map);
});

t.test("a truncated or altered image does not boot, and says why", { skip }, async (t) => {
  const { bytes } = await builder.build(`${APPS}/everyday.ts`, { volume: [`${FILES}:/data`] });
  const refuse = async (name: string, bad: Uint8Array): Promise<string> => {
    const kernel = builder.write(name, bad);
    const { output } = await boot({ kernel });
    t.notMatch(output, "env ", `${name}: the application does not run`);
    return output;
  };
  const [inCode, inFiles] = [bytes.length - 100_000, bytes.length - 64];
  for (const at of [inCode, inFiles]) {
    const altered = bytes.slice();
    altered[at]! ^= 4;
    t.match(await refuse("altered.elf", altered), /the image is refused: its checksum is wrong/);
    t.match(await refuse("short.elf", bytes.subarray(0, at)), /rror while loading elf kernel/);
  }
});
