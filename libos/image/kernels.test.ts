import t from "tap";
import { chooseKernel, KERNELS, missingFrom } from "./kernels.ts";

t.test("a program that calls the parser gets the kernel that has one", async (t) => {
  for (const code of [
    'eval("1")',
    'new Function("return 1")',
    'var f=Function("return this")()',
    '(0,eval)("1")',
    'globalThis.eval("1")',
    "call(Function)",
    "x=new Function;",
  ]) {
    t.equal(chooseKernel("speed", code, true), KERNELS.full, code);
    t.equal(chooseKernel("size", code, true), KERNELS.full, code);
  }
});

t.test("names that only look like it do not count", async (t) => {
  for (const code of [
    "Function.prototype.call.bind(x)",
    "x instanceof Function)",
    'throw new E("fn",["Function","AsyncFunction"],f)',
    '"must be of type Function. Received"',
    "AsyncFunction(1)",
    "medieval(1)",
    "model.eval(1)",
    '"[Function (anonymous)]"',
  ]) {
    t.equal(chooseKernel("speed", code, true), KERNELS.speed, code);
    t.equal(chooseKernel("size", code, true), KERNELS.size, code);
  }
});

t.test("the small kernel is taken where nothing is used that it lacks", async (t) => {
  t.equal(chooseKernel("size", "path.normalize(x)", true), KERNELS.size);
  for (const [code, what] of [
    ["Iterator.zip([a,b])", "Iterator.zip"],
    ["Array.fromAsync(x)", "fromAsync"],
    ["using(new DisposableStack)", "DisposableStack"],
    ['x.normalize("NFD")', "normalize"],
    ["x.normalize()", "normalize"],
    ['new RegExp("\\\\p{L}","u")', "regular expression"],
    ["atob(x)", "atob"],
  ] as const) {
    t.equal(chooseKernel("size", code, true), KERNELS.speed, code);
    t.match(missingFrom(KERNELS.size, code).join(), what);
  }
});

t.test("source wants the parser", async (t) => {
  t.equal(chooseKernel("size", "1", false), KERNELS.full);
});
