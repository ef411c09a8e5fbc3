/** The file system that `fs` stands on. */
import { vfs } from "../files.ts";
import { modules } from "../parts.ts";

modules.vfs = vfs;
