/** What readable-stream takes from its `internal/validators`. */
import {
  validateAbortSignal,
  validateBoolean,
  validateFunction,
  validateInteger,
  validateObject,
} from "../../../api/shared/validate.ts";

const part: object = {
  validateAbortSignal,
  validateBoolean,
  validateFunction,
  validateInteger,
  validateObject,
};
export default part;
