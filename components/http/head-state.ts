/** Which part of a head a scanner expects next: values of `HeadScanner.state`, in the order of the parts. */
export const METHOD = 0;
export const TARGET_PART = 1;
export const VERSION = 2;
export const STATUS = 3;
export const REASON = 4;
export const START_LINE_END = 5;
export const FIELD_START = 6;
export const FIELD_NAME = 7;
export const BEFORE_VALUE = 8;
export const VALUE = 9;
export const VALUE_END = 10;
export const HEAD_END = 11;
/** The whole head has been scanned. */
export const DONE = 12;

/** Numbers for each field in `HeadScanner.spans`. */
export const SPAN_SIZE = 5;
