/** The bounds of one log. */
export interface LogLimits {
  /** Entries kept; at the bound the oldest is forgotten. */
  readonly entries: number;
  /** Characters of a message or a value; the rest is cut off. */
  readonly characters: number;
  /** Values of one entry; further ones are left out. */
  readonly fields: number;
  /** Characters of a source's name. */
  readonly sourceCharacters: number;
  /** Entries that one source may write within `intervalUs`; the others are suppressed and counted. */
  readonly burst: number;
  readonly intervalUs: number;
  /** Sinks at one time; beyond it `attach` throws. */
  readonly sinks: number;
}

export const LOG_LIMITS: LogLimits = {
  entries: 1_024,
  characters: 1_024,
  fields: 16,
  sourceCharacters: 32,
  burst: 200,
  intervalUs: 1_000_000,
  sinks: 16,
};
