/** Zones from the files of a folder. */
import type { System } from "libos";
import { createZone, parseZoneFile, type Zone } from "libos/dns-server";

const SUFFIX = ".zone";

/** What is needed of the module `fs`; tests give Node's. */
export type ZoneFiles = Pick<System["fs"], "readdirSync" | "readFileSync">;

/**
 * Reads every `NAME.zone` of a folder; NAME is the zone's origin, unless the file says otherwise.
 *
 * @returns At least one zone, in the order of the files' names.
 * @throws Error, one line: `FILE:LINE: WHAT` for a mistake in a file; the folder is missing or empty.
 */
export function loadZones(fs: ZoneFiles, folder: string): readonly Zone[] {
  const names = fs.readdirSync(folder).filter((name) => name.endsWith(SUFFIX));
  if (names.length === 0)
    throw new Error(`${folder} holds no file NAME${SUFFIX}: mount some by -v`);
  return names.toSorted().map((name) => {
    const file = `${folder}/${name}`;
    const origin = name.slice(0, -SUFFIX.length);
    return createZone(parseZoneFile(fs.readFileSync(file), { file, origin }));
  });
}
