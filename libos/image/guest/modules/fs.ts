/** `fs` over the image's file system. */
import { createFs, type Fs } from "../../../api/fs/mod.ts";
import { fsNeeds } from "../../../system/files.ts";
import { core } from "../core.ts";
import { vfs } from "../files.ts";
import { modules } from "../parts.ts";

export const fs: Fs = createFs(fsNeeds(core, vfs));
modules.fs = fs;
modules["fs/promises"] = fs.promises;
