/** Record and replay of everything that enters a system through its HAL. */
export { createDate, createRandom, RANDOM_SEED_BYTES } from "./chance-and-date.ts";
export type { Hash } from "./digest.ts";
export { EntryReader, EntryWriter } from "./format.ts";
export type { HashName, RecordingHeader } from "./format.ts";
export { murmurHash } from "./murmur.ts";
export { openRecording } from "./open-recording.ts";
export { recordHal, type Recorder, type RecordOptions } from "./record-hal.ts";
export { createReplay } from "./replay-hal.ts";
export type { Replay, ReplayOptions, ReplayResult } from "./replay.ts";
