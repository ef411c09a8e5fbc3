/** Errors that nobody caught are heard, as in Node, and the image goes on. */
process.on("uncaughtException", (error: unknown, origin: string) => {
  console.log("heard", (error as Error).message, origin);
});
process.on("exit", (code) => console.log("exit", code));
setTimeout(() => {
  throw new Error("in a timer");
}, 1);
void Promise.reject(new Error("in a promise"));
setTimeout(() => {
  process.on("unhandledRejection", (reason: unknown) => console.log("rejected", String(reason)));
  void Promise.reject(new Error("later"));
}, 5);
setTimeout(() => console.log("still here"), 10);
throw new Error("at the top");
