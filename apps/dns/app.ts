/** An authoritative DNS server: `libos run apps/dns`, then `dig @127.0.0.1 -p 8053 example.org MX`. */
import { kernel, tcp, udp, volumes } from "libos";
import { createDnsServer } from "libos/dns-server";
import { loadZones } from "./load-zones.ts";

const FOLDER = "/zones";

try {
  const volume = volumes.get(FOLDER);
  if (volume === undefined) throw new Error(`no zones: mount a folder by -v FOLDER:${FOLDER}`);
  const zones = loadZones(volume);
  createDnsServer({ kernel, tcp, udp }, { zones });
  for (const { origin, recordCount } of zones)
    console.log(`dns: ${origin}, ${recordCount} records`);
  console.log("dns: on port 53, UDP and TCP");
} catch (error) {
  console.error(`dns: ${error instanceof Error ? error.message : String(error)}`);
  kernel.hal.power.off(1);
}
