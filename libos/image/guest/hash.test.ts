import { createHash, createHmac } from "node:crypto";
import t from "tap";
import { createHmacDigest, HASHES } from "./hash.ts";

t.test("hashes and keyed hashes are Node's, of any length and in any pieces", async (t) => {
  for (const [name, create] of Object.entries(HASHES)) {
    for (const length of [0, 1, 55, 56, 63, 64, 65, 119, 120, 1000]) {
      const bytes = Uint8Array.from({ length }, (_, index) => (index * 7) & 255);
      const cut = length >> 1;
      const [plain, keyed] = [create(), createHmacDigest(create, bytes.subarray(0, 100))];
      for (const digest of [plain, keyed]) {
        digest.update(bytes.subarray(0, cut));
        digest.update(bytes.subarray(cut));
      }
      const hex = (digest: Uint8Array): string => Buffer.from(digest).toString("hex");
      t.equal(
        hex(plain.finish()),
        createHash(name).update(bytes).digest("hex"),
        `${name} ${length}`,
      );
      const expected = createHmac(name, bytes.subarray(0, 100)).update(bytes).digest("hex");
      t.equal(hex(keyed.finish()), expected, `HMAC ${name} ${length}`);
    }
  }
});
