import { getSystemErrorMap } from "node:util";
import nodeFs from "node:fs";
import t from "tap";
import {
  abortError,
  addressError,
  bindError,
  codedError,
  invalidArgType,
  invalidArgValue,
  isSystemError,
  listErrors,
  missingArgs,
  outOfRange,
  resolutionError,
  socketError,
  systemError,
} from "./errors.ts";

function caught(run: () => unknown): Error & { code: string } {
  try {
    run();
  } catch (error) {
    return error as Error & { code: string };
  }
  throw new Error("nothing was thrown");
}

t.test("numbers and texts are those of this Node", (t) => {
  const nodes = getSystemErrorMap();
  for (const [number, code, text] of listErrors()) t.same(nodes.get(number), [code, text], code);
  t.end();
});

t.test("a system error has the message and the properties of Node's", (t) => {
  const nodes = caught(() => nodeFs.renameSync("/nowhere/a", "/nowhere/b"));
  const ours = systemError("ENOENT", "rename", "/nowhere/a", "/nowhere/b");
  t.equal(ours.message, nodes.message);
  t.same(Object.entries(ours), Object.entries(nodes));
  t.same(
    Object.entries(systemError(-2, "rename", "/nowhere/a", "/nowhere/b")),
    Object.entries(nodes),
  );
  t.equal(isSystemError(ours), true);
  t.equal(isSystemError(new TypeError("x")), false);
  t.end();
});

t.test("errors of sockets name address and port", (t) => {
  const refused = addressError("ECONNREFUSED", "connect", "10.0.2.2", 81);
  t.equal(refused.message, "connect ECONNREFUSED 10.0.2.2:81");
  t.same(
    { ...refused },
    {
      errno: -111,
      code: "ECONNREFUSED",
      syscall: "connect",
      address: "10.0.2.2",
      port: 81,
    },
  );
  const used = bindError("EADDRINUSE", "listen", "0.0.0.0", 80);
  t.equal(used.message, "listen EADDRINUSE: address already in use 0.0.0.0:80");
  t.equal(
    addressError("ETIMEDOUT", "connect", "10.0.2.2", 81, "10.0.2.15:5").message,
    "connect ETIMEDOUT 10.0.2.2:81 - Local (10.0.2.15:5)",
  );
  t.equal(socketError("ECONNRESET", "read").message, "read ECONNRESET");
  const unknown = resolutionError("ENOTFOUND", "getaddrinfo", "nx.example");
  t.equal(unknown.message, "getaddrinfo ENOTFOUND nx.example");
  t.equal(unknown.errno, -3008);
  t.equal(resolutionError("ETIMEOUT", "queryA", "nx.example").errno, undefined);
  t.end();
});

t.test("ERR_INVALID_ARG_TYPE describes what it received like Node", (t) => {
  class Custom {
    readonly field = 1;
  }
  const values: unknown[] = [
    undefined,
    null,
    5,
    -0,
    NaN,
    10n,
    true,
    Symbol("a"),
    {},
    [],
    new Map(),
    new Custom(),
    Object.create(null),
    () => 1,
    Custom,
  ];
  for (const value of values) {
    const nodes = caught(() => nodeFs.statSync(value as string));
    const ours = invalidArgType("path", ["string", "Buffer", "URL"], value);
    t.equal(ours.message, nodes.message);
    t.equal(String(ours), String(nodes));
    t.equal(ours.stack?.split("\n")[0], nodes.stack?.split("\n")[0]);
    t.same({ ...ours }, { ...nodes });
    t.equal(ours.name, "TypeError");
  }
  for (const value of ["x", "it's", `both ' and "`, "x".repeat(28), "x".repeat(29), "a\nb"]) {
    const nodes = caught(() => nodeFs.closeSync(value as unknown as number));
    t.equal(invalidArgType("fd", "number", value).message, nodes.message);
  }
  t.end();
});

t.test("ERR_OUT_OF_RANGE and ERR_INVALID_ARG_VALUE read like Node's", (t) => {
  for (const value of [-1, 2 ** 31, 1e12]) {
    const nodes = caught(() => nodeFs.fchmodSync(0, value * 4));
    t.equal(outOfRange("mode", ">= 0 && <= 4294967295", value * 4).message, nodes.message);
  }
  for (const value of ["zz", "a'b", "\0"]) {
    const nodes = caught(() => nodeFs.openSync("/x", value));
    t.equal(invalidArgValue("flags", value).message, nodes.message);
  }
  t.equal(missingArgs("a").message, 'The "a" argument must be specified');
  t.end();
});

t.test("a coded error keeps its class, and an abort error its cause", (t) => {
  const error = codedError("ERR_X", "message", RangeError);
  t.ok(error instanceof RangeError);
  t.equal(error.name, "RangeError");
  const aborted = abortError("why");
  t.same([aborted.name, aborted.code, aborted.cause], ["AbortError", "ABORT_ERR", "why"]);
  t.end();
});
