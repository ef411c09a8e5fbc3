import { createFileStat } from "../../../components/vfs/mod.ts";
import type { Completion } from "./completion.ts";
import type { FsContext } from "./context.ts";
import { createCopyTree, type CopyTree } from "./copy-tree.ts";
import { createOpendir, type Dir } from "./dir.ts";
import { createRemoveTree } from "./remove-tree.ts";
import { createSyncAttributes, type SyncAttributes } from "./sync-attributes.ts";
import { createSyncContent, type SyncContent } from "./sync-content.ts";
import { createSyncFiles, type SyncFiles } from "./sync-files.ts";
import { createSyncNames, type SyncNames } from "./sync-names.ts";

/** The synchronous half of `fs`. The callback and promise forms are made from it. */
export interface SyncOperations
  extends SyncFiles, SyncContent, SyncNames, SyncAttributes, CopyTree {
  rmSync(path: unknown, options?: unknown): void;
  opendirSync(path: unknown, options?: unknown): Dir;
}

export function createSyncOperations(context: FsContext, completion: Completion): SyncOperations {
  const files = createSyncFiles(context);
  const names = createSyncNames(context);
  const content = createSyncContent({ ...context, stat: createFileStat() }, files);
  return {
    ...files,
    ...names,
    ...content,
    ...createSyncAttributes(context),
    ...createCopyTree(context, names, content),
    rmSync: createRemoveTree(context, names),
    opendirSync: createOpendir(names, completion) as SyncOperations["opendirSync"],
  };
}
