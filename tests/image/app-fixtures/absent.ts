/** Imports what an image does not have, and calls it. */
import { pbkdf2Sync, randomUUID } from "node:crypto";
import { createSecureContext } from "node:tls";

for (const run of [createSecureContext, () => pbkdf2Sync("a", randomUUID(), 1, 1, "sha256")]) {
  try {
    run();
  } catch (error) {
    console.log((error as NodeJS.ErrnoException).code, (error as Error).message);
  }
}
