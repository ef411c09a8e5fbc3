/** `dns` over the image's resolver. */
import { createDns } from "../../../api/dns/mod.ts";
import { namesContext } from "../names.ts";
import { modules } from "../parts.ts";

const dns = createDns(namesContext);
modules.dns = dns;
modules["dns/promises"] = dns.promises;
