/** Ends as `END` says, while it is loaded or soon after. */
console.log("begins");
const kept: unknown[] = [];
const fill = (): void => {
  for (;;) kept.push(new Array(1000).fill(1));
};
const later = (run: () => void): void => void setTimeout(run, 2);

switch (process.env["END"]) {
  case "throw":
    throw new Error("at the top level");
  case "throw-after-await":
    await new Promise((resolve) => setTimeout(resolve, 2));
    throw new Error("behind an await");
  case "reject":
    void Promise.reject(new Error("rejected"));
    break;
  case "exit":
    process.exit(3);

  case "throw-in-timer":
    later(() => {
      throw new Error("in a timer");
    });
    break;
  case "fill":
    fill();
    break;
  case "fill-in-timer":
    later(fill);
    break;
  case "loop":
    later(() => {
      for (;;) kept.length = 0;
    });
    break;
  case "heard": {
    process.on("uncaughtException", (error) => console.log("heard", error.message));
    later(() => {
      later(() => void Promise.reject(new Error("a rejection")));
      throw new Error("an error");
    });
    break;
  }
  case "heard-and-thrown":
    process.on("uncaughtException", () => {
      throw new Error("thrown by who listens");
    });
    throw new Error("at the top level");
}
