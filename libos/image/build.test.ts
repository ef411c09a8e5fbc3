import { join } from "node:path";
import t from "tap";
import { ConfigError, resolveConfig } from "../config/mod.ts";
import { buildImage } from "./build.ts";

t.test("a SOURCE_DATE_EPOCH that is no time is refused before anything is built", async (t) => {
  const entryPath = join(t.testdir({ "app.ts": "" }), "app.ts");
  const config = resolveConfig({}, "test");
  for (const text of ["abc", "", "-1", "1.5", "99999999999999999999"]) {
    process.env["SOURCE_DATE_EPOCH"] = text;
    await t.rejects(buildImage({ entryPath, config }), {
      name: ConfigError.name,
      message: `SOURCE_DATE_EPOCH: "${text}" is no time; give seconds since 1970, as of: date +%s`,
    });
  }
  delete process.env["SOURCE_DATE_EPOCH"];
});
