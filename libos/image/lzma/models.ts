/**
 * What encoder and decoder of LZMA share ("LZMA specification", Igor Pavlov, 2015), with lp = 0 and
 * pb = 0, and without an end marker. Of the header there is the first byte, the properties, which are
 * lc then. That is what the image's loader unpacks
 * (`bare-metal/loader/src/lzma.rs`).
 */

/** Probabilities of a zero, in 2048ths. */
export const PROBABILITY_BITS = 11;
export const MOVE_BITS = 5;
export const TOP: number = 2 ** 24;

/** Literals depend on so many of the highest bits of the byte before, at most (lc). */
export const LITERAL_CONTEXT_BITS_MAX = 4;
const LITERAL_MODELS = 0x300;
const STATES = 12;
const LENGTH_MODELS = 2 + 8 + 8 + 256;

type ModelName =
  | "IS_MATCH"
  | "IS_REP"
  | "IS_REP_G0"
  | "IS_REP_G1"
  | "IS_REP_G2"
  | "IS_REP0_LONG"
  | "POS_SLOT"
  | "POS_SPECIAL"
  | "ALIGN"
  | "MATCH_LENGTH"
  | "REP_LENGTH"
  | "LITERAL";

/** Where each model's probabilities begin. */
export const MODEL: Readonly<Record<ModelName, number>> = {
  IS_MATCH: 0,
  IS_REP: STATES,
  IS_REP_G0: 2 * STATES,
  IS_REP_G1: 3 * STATES,
  IS_REP_G2: 4 * STATES,
  IS_REP0_LONG: 5 * STATES,
  POS_SLOT: 6 * STATES,
  POS_SPECIAL: 6 * STATES + 256,
  ALIGN: 6 * STATES + 256 + 115,
  MATCH_LENGTH: 6 * STATES + 256 + 115 + 16,
  REP_LENGTH: 6 * STATES + 256 + 115 + 16 + LENGTH_MODELS,
  LITERAL: 6 * STATES + 256 + 115 + 16 + 2 * LENGTH_MODELS,
};

/** In a model of lengths, behind its two choices: trees of 3, 3 and 8 bits. */
export const LENGTH = { LOW: 2, MIDDLE: 10, HIGH: 18 } as const;
export const LENGTH_MIN = 2;
export const LENGTH_MAX = 273;
/** From this slot on the lowest four bits of a distance have a model of their own. */
export const ALIGNED_SLOT = 14;

export function createModels(): Uint16Array {
  const count = MODEL.LITERAL + (LITERAL_MODELS << LITERAL_CONTEXT_BITS_MAX);
  return new Uint16Array(count).fill(1 << (PROBABILITY_BITS - 1));
}

/** Where the models of a literal begin, behind a byte of which so many of the highest bits count. */
export function literalModels(before: number, contextBits: number): number {
  return MODEL.LITERAL + LITERAL_MODELS * (before >> (8 - contextBits));
}

/** Below this state the last symbol was a literal. */
export const LITERAL_STATES = 7;

export function stateAfterLiteral(state: number): number {
  if (state < 4) return 0;
  return state < 10 ? state - 3 : state - 6;
}

export const stateAfterMatch = (state: number): number => (state < LITERAL_STATES ? 7 : 10);
export const stateAfterRep = (state: number): number => (state < LITERAL_STATES ? 8 : 11);
export const stateAfterShortRep = (state: number): number => (state < LITERAL_STATES ? 9 : 11);
