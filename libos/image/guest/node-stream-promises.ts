/** `node:stream/promises` in an image. */
import * as streams from "readable-stream";

/** What the types of the package leave out. */
interface StreamPromises {
  readonly pipeline: (...streams: unknown[]) => Promise<void>;
  readonly finished: (stream: unknown, options?: object) => Promise<void>;
}

const promises: StreamPromises = (streams as unknown as { readonly promises: StreamPromises })
  .promises;

export const pipeline: StreamPromises["pipeline"] = promises.pipeline;
export const finished: StreamPromises["finished"] = promises.finished;
export default promises;
