/** `crypto`, and the global of the same name. */
import { createCryptoModule } from "../crypto.ts";
import { hal } from "../hal.ts";
import { defineGlobals } from "../machine.ts";
import { modules } from "../parts.ts";

const crypto = createCryptoModule(hal.entropy);
defineGlobals({ crypto: crypto.webcrypto });
modules.crypto = crypto;
