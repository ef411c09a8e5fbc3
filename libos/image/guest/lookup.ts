/** `dns.lookup` for `net` and `dgram`: that of the module `dns`, where the application has it. */
import { createLookup, type LookupFunction } from "../../api/dns/lookup.ts";
import type { Dns } from "../../api/dns/mod.ts";
import { namesContext } from "./names.ts";
import { modules } from "./parts.ts";

const dns = modules.dns as Dns | undefined;
export const lookup: LookupFunction = dns?.lookup ?? createLookup(namesContext, () => "verbatim");
