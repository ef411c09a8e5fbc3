/** The file system of the image: in memory, and empty at each start. */
import type { Vfs } from "../../../components/vfs/mod.ts";
import { createFiles } from "../../system/files.ts";
import { core } from "./core.ts";
import { systemParts } from "./parts.ts";

export const vfs: Vfs = createFiles(core);
systemParts.vfs = vfs;
