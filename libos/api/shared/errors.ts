/**
 * Errors in the shapes of Node, for every module of the application's API: numbers and texts
 * (`errno.ts`), errors of the system (`system-error.ts`), errors about arguments
 * (`argument-errors.ts`), and the checks that throw these (`validate.ts`).
 */
export * from "./argument-errors.ts";
export { describeReceived, inspectValue } from "./describe-value.ts";
export * from "./errno.ts";
export * from "./system-error.ts";
export * from "./validate.ts";
