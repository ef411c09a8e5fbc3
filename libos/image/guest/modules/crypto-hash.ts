/** `createHash`, `createHmac` and `timingSafeEqual` of `node:crypto`. */
import { Buffer } from "buffer";
import { createHmacDigest, HASHES, type Digest } from "../hash.ts";
import { modules } from "../parts.ts";

class Hash {
  readonly #digest: Digest;

  constructor(digest: Digest) {
    this.#digest = digest;
  }

  update(data: string | Uint8Array, encoding?: BufferEncoding): this {
    this.#digest.update(typeof data === "string" ? Buffer.from(data, encoding) : data);
    return this;
  }

  digest(encoding?: BufferEncoding): Buffer | string {
    const bytes = Buffer.from(this.#digest.finish());
    return encoding === undefined ? bytes : bytes.toString(encoding);
  }
}

function hashNamed(name: string): () => Digest {
  const create = HASHES[name.toLowerCase().replace("-", "")];
  if (create !== undefined) return create;
  const error = new Error(`an image has no hash ${name}: there are sha1 and sha256`);
  throw Object.assign(error, { code: "ERR_LIBOS_UNAVAILABLE" });
}

Object.assign(modules.crypto as object, {
  createHash: (name: string) => new Hash(hashNamed(name)()),
  createHmac: (name: string, key: string | Uint8Array) =>
    new Hash(createHmacDigest(hashNamed(name), typeof key === "string" ? Buffer.from(key) : key)),
  getHashes: () => Object.keys(HASHES),
  timingSafeEqual(left: Uint8Array, right: Uint8Array): boolean {
    if (left.length !== right.length) {
      throw new RangeError("Input buffers must have the same byte length");
    }
    let difference = 0;
    for (let index = 0; index < left.length; index++) difference |= left[index]! ^ right[index]!;
    return difference === 0;
  },
});
