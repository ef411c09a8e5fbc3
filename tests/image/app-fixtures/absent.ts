/** Imports what an image does not have, and calls it. */
import { createSecureContext } from "node:tls";

try {
  createSecureContext();
} catch (error) {
  console.log((error as NodeJS.ErrnoException).code, (error as Error).message);
}
