/** Where errors come from, behind letters that take more than a byte each. */
const letters = ["äöüß", "日本語", "😀😀"];

function first(): Error {
  return new TypeError(letters.join(""));
}
function second(): Error {
  const error: Error & { code?: string } = new RangeError("another");
  error.message = "changed";
  return error;
}

for (const error of [first(), second()]) console.log(error.stack);
const target: { name: string; message: string; stack?: string } = { name: "Mine", message: "own" };
Error.captureStackTrace(target);
console.log(target.stack);
console.log(String(Object.keys(target)));
for (;;) {
  target.message += "";
  if (target.message === "") break;
}
