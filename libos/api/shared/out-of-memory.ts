/** What a bare machine's engine throws when its heap is full; a host ends its process instead. */
export function isOutOfMemory(error: unknown): boolean {
  return (
    error instanceof Error && error.name === "InternalError" && error.message === "out of memory"
  );
}
