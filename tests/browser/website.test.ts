/** The website as `npm start` serves it, in a real browser. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { chromium, type Browser } from "playwright-core";
import t from "tap";
import { start } from "../cli/harness.ts";

const EXECUTABLE = "/usr/bin/chromium";
const isThere = spawnSync(EXECUTABLE, ["--version"]).status === 0;
const skip = isThere ? false : "chromium is not installed: apt-get install chromium";

/** Nothing but the page: no sandbox for root, and no traffic of the browser's own. */
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

const APP = fileURLToPath(new URL("../../apps/website/", import.meta.url));

t.test("the dashboard lives in a browser", { skip, timeout: 600_000 }, async (t) => {
  const app = start(APP, "run", ".", "-p", "0:80");
  t.teardown(() => app.signal("SIGKILL"));
  const [origin] = await app.until(/http:\/\/127\.0\.0\.1:\d+/);
  const browser: Browser = await chromium.launch({ executablePath: EXECUTABLE, args: FLAGS });
  t.teardown(() => browser.close());

  for (const [name, viewport] of [
    ["a desktop", { width: 1280, height: 900 }],
    ["a phone", { width: 390, height: 844 }],
  ] as const) {
    await t.test(name, async (t) => {
      const page = await browser.newPage({ viewport });
      const problems: string[] = [];
      const foreign: string[] = [];
      page.on("pageerror", (error) => problems.push(error.message));
      page.on("console", (message) => {
        if (message.type() === "error") problems.push(message.text());
      });
      page.on("request", (request) => {
        if (!request.url().startsWith(origin) && !request.url().startsWith("data:")) {
          foreign.push(request.url());
        }
      });
      await page.goto(`${origin}/`);
      await page.getByText("10.0.2.15/24").first().waitFor();
      await page
        .getByText(/^established$/i)
        .first()
        .waitFor();
      const text = (): Promise<string> => page.locator("body").innerText();
      const before = await text();
      while ((await text()) === before) await page.waitForTimeout(100);
      const width = await page.locator("html").evaluate((html) => html.scrollWidth);
      t.ok(width <= viewport.width, `nothing sticks out: ${width} pixels`);
      t.same(problems, []);
      t.same(foreign, [], "no asset from outside");
      await page.close();
    });
  }
  await browser.close();
  app.signal("SIGINT");
  t.equal((await app.finish()).code, 130);
});
