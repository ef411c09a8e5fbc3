/** What an image's crypto has. */
import t from "tap";
import { CRYPTO_FUNCTIONS } from "../modules.ts";
import { createCryptoModule } from "./crypto.ts";
import { modules } from "./parts.ts";

t.test("crypto has the functions that the builder does not refuse, and no other", async (t) => {
  const crypto = createCryptoModule({ available: true, fill: (target) => void target.fill(1) });
  modules.crypto = crypto;
  await import("./modules/crypto-hash.ts");
  const functions = Object.entries(crypto).filter(([, value]) => typeof value === "function");
  t.same(functions.map(([name]) => name).toSorted(), CRYPTO_FUNCTIONS.toSorted());
});
