/** Bounds of one share file system. */
export interface ShareFsLimits {
  /** Paths that have a node number; beyond it the oldest that nothing holds is forgotten. */
  readonly nodes: number;
  /** Folders that one recursive watch looks at; what lies in further ones is not reported. */
  readonly watchedFolders: number;
}

export const SHARE_FS_LIMITS: ShareFsLimits = { nodes: 4096, watchedFolders: 512 };
