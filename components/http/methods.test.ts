import t from "tap";
import { encodeLatin1 } from "./latin1.ts";
import { knownMethod, MAX_METHOD_BYTES, METHODS, startsMethod } from "./methods.ts";

t.test("every method is known by its bytes, whole and from its beginning", async (t) => {
  for (const method of METHODS) {
    const bytes = encodeLatin1(method);
    t.equal(knownMethod(bytes, 0, bytes.length), method);
    t.ok(startsMethod(bytes, 0, bytes.length - 1), method);
  }
  const unknown = encodeLatin1("GETS");
  t.equal(knownMethod(unknown, 0, unknown.length), undefined);
});

t.test("the longest method sets the bound on a method's bytes", async (t) => {
  t.equal(MAX_METHOD_BYTES, Math.max(...METHODS.map((method) => method.length)));
});
