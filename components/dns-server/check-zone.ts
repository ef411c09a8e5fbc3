/** What no zone may have. Each check names the standard that it is from. */
import { DNS_TYPE } from "../dns/mod.ts";
import { keyOf, parentKey } from "./names.ts";
import { isWildcard, targetOf, type RecordSet, type Zone, type ZoneNode } from "./zone.ts";
import { ZoneError } from "./zone-error.ts";

/** @throws ZoneError at the first mistake. */
export function checkZone(zone: Zone): void {
  const soa = zone.apex.sets.get(DNS_TYPE.SOA)!;
  if (soa.data.length > 1) fail(zone, soa, "a zone has one SOA record (RFC 1035, 5.2)");
  if (!zone.apex.sets.has(DNS_TYPE.NS)) {
    fail(zone, soa, `${zone.origin} has no NS record: name its servers (RFC 1035, 5.2)`);
  }
  for (const node of zone.nodes.values()) checkNode(zone, node);
}

function checkNode(zone: Zone, node: ZoneNode): void {
  const { sets, name } = node;
  const soa = sets.get(DNS_TYPE.SOA);
  if (soa !== undefined && node !== zone.apex) {
    fail(zone, soa, `a second SOA record, of ${name}: the zone is ${zone.origin}`);
  }
  const alias = sets.get(DNS_TYPE.CNAME);
  if (alias !== undefined && alias.data.length > 1) {
    fail(zone, alias, `${name} has more than one CNAME (RFC 2181, 10.1)`);
  }
  if (alias !== undefined && sets.size > 1) {
    fail(zone, alias, `${name} has a CNAME and other records (RFC 1034, 3.6.2)`);
  }
  const servers = sets.get(DNS_TYPE.NS);
  if (servers !== undefined && isWildcard(node)) {
    fail(zone, servers, `${name}: a wildcard cannot delegate (RFC 4592, 4.2)`);
  }
  // What lies below a delegation is not ours to judge.
  if (node.cut !== undefined && node.cut !== node) return;
  for (const set of sets.values()) checkTargets(zone, node, set);
}

/** Servers of names and mail and services are no aliases, and name servers have addresses. */
function checkTargets(zone: Zone, owner: ZoneNode, set: RecordSet): void {
  for (const data of set.data) {
    const target = targetOf(data);
    if (target === undefined) continue;
    const key = keyOf(target);
    const node = zone.nodes.get(key);
    if (node?.sets.has(DNS_TYPE.CNAME)) {
      const standard = data.kind === "SRV" ? "RFC 2782" : "RFC 2181, 10.3";
      fail(zone, set, `${target} is an alias, and may not be named here (${standard})`);
    }
    if (data.kind !== "NS" || !isOurs(zone, key, owner)) continue;
    if (!node?.sets.has(DNS_TYPE.A) && !node?.sets.has(DNS_TYPE.AAAA)) {
      fail(
        zone,
        set,
        `${target} needs an A or AAAA record in this zone, as glue (RFC 1034, 4.2.1)`,
      );
    }
  }
}

/**
 * @returns Whether only this zone can tell a server's address: the name is in it, and not below a
 *   delegation, other than the server's own.
 */
function isOurs(zone: Zone, key: string, owner: ZoneNode): boolean {
  let at = key;
  for (; at.length >= zone.apex.key.length; at = parentKey(at)) {
    const node = zone.nodes.get(at);
    if (node !== undefined) return node.cut === undefined || node.cut === owner.cut;
    if (at === "") break;
  }
  return false;
}

function fail(zone: Zone, set: RecordSet, what: string): never {
  throw new ZoneError(zone.file, set.line, what);
}
