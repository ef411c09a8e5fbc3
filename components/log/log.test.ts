import t from "tap";
import { createLog, formatEntry, LOG_LIMITS, parseLogFilter, type LogEntry } from "./mod.ts";

function setUp(limits = LOG_LIMITS) {
  const clock = { nowUs: 1_000_042 };
  return { clock, log: createLog({ nowUs: () => clock.nowUs }, limits) };
}

t.test("an entry keeps its time, level, source, message and typed values", (t) => {
  const { log } = setUp();
  log.logger("dhcp").warning("no answer", { tries: 3, server: "10.0.2.2", final: false });
  t.same(log.entries(), [
    {
      sequence: 1,
      timeUs: 1_000_042,
      level: "warning",
      source: "dhcp",
      message: "no answer",
      fields: { tries: 3, server: "10.0.2.2", final: false },
    },
  ]);
  t.end();
});

t.test("at the bound the oldest entry is forgotten, and its number tells", (t) => {
  const { log } = setUp({ ...LOG_LIMITS, entries: 3 });
  const logger = log.logger("a");
  for (let index = 1; index <= 5; index++) logger.info(`${index}`);
  t.same(
    log.entries().map(({ sequence }) => sequence),
    [3, 4, 5],
  );
  t.equal(log.counters.forgotten, 2);
  t.end();
});

t.test("a source that writes too fast is suppressed, and the next interval says so", (t) => {
  const { clock, log } = setUp({ ...LOG_LIMITS, burst: 10 });
  const loud = log.logger("loud");
  for (let index = 0; index < 100; index++) loud.info("again");
  log.logger("calm").info("heard");
  t.equal(log.entries().length, 11);
  t.equal(log.counters.suppressed, 90);
  clock.nowUs += LOG_LIMITS.intervalUs;
  loud.info("later");
  const [notice, later] = log.entries().slice(-2);
  t.match(notice, { level: "warning", message: "entries were suppressed", fields: { count: 90 } });
  t.equal(later!.message, "later");
  t.end();
});

t.test("long texts and many values are cut, and counted", (t) => {
  const { log } = setUp({ ...LOG_LIMITS, characters: 8, fields: 2 });
  log.logger("a").info("0123456789", { a: "0123456789", b: 1, c: 2 });
  t.match(log.entries()[0], { message: "0123456…", fields: { a: "0123456…", b: 1 } });
  t.equal(log.counters.cut, 3);
  t.end();
});

t.test("a caller that changes its values later does not change the log", (t) => {
  const { log } = setUp();
  const fields = { count: 1 };
  log.logger("a").info("x", fields);
  fields.count = 2;
  t.same(log.entries()[0]!.fields, { count: 1 });
  t.end();
});

t.test("a sink gets entries of its level and above, until it is detached", (t) => {
  const { log } = setUp();
  const seen: string[] = [];
  const detach = log.attach((entry) => seen.push(entry.level), "warning");
  const logger = log.logger("a");
  logger.debug("");
  logger.info("");
  logger.warning("");
  logger.error("");
  detach();
  logger.error("");
  t.same(seen, ["warning", "error"]);
  for (let count = 0; count < LOG_LIMITS.sinks; count++) log.attach(() => {});
  t.throws(() => log.attach(() => {}), RangeError);
  t.end();
});

t.test("a line can't be forged, nor reach the terminal", (t) => {
  const entry: LogEntry = {
    sequence: 1,
    timeUs: 61_000_042,
    level: "error",
    source: "a",
    message: "x\ny\u001b[31m",
    fields: { name: 'two "words"', "n\r": 7 },
  };
  t.equal(
    formatEntry(entry),
    '   61.000042 error   a: x\\u000ay\\u001b[31m name="two \\"words\\"" n\\u000d=7',
  );
  t.end();
});

t.test("a filter has a level for all and levels for some", (t) => {
  const filter = parseLogFilter("warning, dhcp=debug,eth0=error")!;
  t.equal(filter({ source: "tcp", level: "info" }), false);
  t.equal(filter({ source: "tcp", level: "warning" }), true);
  t.equal(filter({ source: "dhcp", level: "debug" }), true);
  t.equal(filter({ source: "eth0", level: "warning" }), false);
  for (const wrong of ["", "loud", "dhcp=loud", "=info", "info,,"]) {
    t.equal(parseLogFilter(wrong), undefined, wrong);
  }
  t.end();
});
