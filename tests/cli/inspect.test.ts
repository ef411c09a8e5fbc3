import t from "tap";
import { attachDevTools, type DevTools } from "./devtools.ts";
import { COUNTER_APP, start, write, type Running } from "./harness.ts";

async function attach(app: Running): Promise<DevTools> {
  const [url] = await app.until(/ws:\/\/127\.0\.0\.1:\d+\/[\w-]+/);
  return attachDevTools(url);
}

t.test("a replay stops in DevTools before the input that was asked for", async (t) => {
  const dir = write(t.testdir(), { "app.ts": COUNTER_APP });
  const app = start(dir, "run", "app.ts", "-p", "0:80", "--record", "run.rec");
  const [, port] = await app.until(/port 80 is at http:\/\/127\.0\.0\.1:(\d+)/);
  await (await fetch(`http://127.0.0.1:${port}/`)).text();
  app.signal("SIGINT");
  await app.finish();

  const replay = start(dir, "replay", "run.rec", "--inspect", "0", "--until", "5");
  const devTools = await attach(replay);
  for (const method of ["Runtime.enable", "Debugger.enable", "Runtime.runIfWaitingForDebugger"]) {
    devTools.send(method);
  }
  await replay.until(/stopped before input 5/);
  while (devTools.paused.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
  t.match(devTools.paused, [{ functionName: "stopInDebugger" }]);
  devTools.send("Debugger.resume");
  devTools.close();
  t.equal((await replay.finish()).code, 0);
});

t.test("a running application can be inspected", async (t) => {
  const dir = write(t.testdir(), { "app.ts": COUNTER_APP });
  const app = start(dir, "run", "app.ts", "-p", "0:80", "--inspect", "0");
  await app.until(/port 80 is at/);
  const devTools = await attach(app);
  devTools.send("Debugger.enable");
  devTools.send("Debugger.pause");
  while (devTools.paused.length === 0) {
    const [, port] = await app.until(/http:\/\/127\.0\.0\.1:(\d+)/);
    void fetch(`http://127.0.0.1:${port}/`).catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  devTools.send("Debugger.resume");
  devTools.close();
  t.ok(devTools.paused.length > 0);
  app.signal("SIGKILL");
  await app.finish();
});
