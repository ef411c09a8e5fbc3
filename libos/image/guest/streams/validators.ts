/** What readable-stream takes from its `internal/validators`. */
export {
  validateAbortSignal,
  validateBoolean,
  validateFunction,
  validateInteger,
  validateObject,
} from "../../../api/shared/validate.ts";
