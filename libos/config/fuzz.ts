import type { FuzzTarget } from "../../components/testing/fuzz.ts";
import { ConfigError, parseMemory, parsePublish, parseVolume, resolveConfig } from "./mod.ts";

const TEXTS = ["127.0.0.1:5353:53/udp", "8080:80", "64MB", "1.5 GiB", "./public:/www:ro"];
const encode = (text: string): Uint8Array =>
  Uint8Array.from(text, (character) => character.charCodeAt(0));

export const fuzz: readonly FuzzTarget[] = [
  {
    name: "config/flags",
    seeds: TEXTS.map(encode),
    run(bytes) {
      const text = String.fromCharCode(...bytes.subarray(0, 256));
      for (const parse of [parseMemory, parsePublish, parseVolume, resolveConfig]) {
        try {
          parse(text, "flag");
        } catch (error) {
          if (!(error instanceof ConfigError)) throw error;
        }
      }
    },
  },
];
