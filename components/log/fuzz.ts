import type { FuzzTarget } from "../testing/fuzz.ts";
import { createLog, formatEntry, LOG_LIMITS, parseLogFilter } from "./mod.ts";

const encode = (text: string): Uint8Array =>
  Uint8Array.from(text, (character) => character.charCodeAt(0));

export const fuzz: readonly FuzzTarget[] = [
  {
    name: "log entries and filters",
    seeds: ["info,dhcp=debug,eth0=error", "a\nb\u001b[31m", "warning"].map(encode),
    run(bytes) {
      const text = String.fromCharCode(...bytes.subarray(0, 4096));
      const log = createLog({ nowUs: () => bytes.length });
      const filter = parseLogFilter(text);
      log.attach((entry) => {
        const line = formatEntry(entry);
        if (["\n", "\r", "\u001b"].some((bad) => line.includes(bad)))
          throw new Error("a line holds what breaks it");
        filter?.(entry);
      });
      log.logger(text).warning(text, { [text.slice(0, 8)]: text });
      const [entry] = log.entries();
      if (entry!.message.length > LOG_LIMITS.characters)
        throw new Error("a message over its bound");
    },
  },
];
