/** What a command does when whoever read its output has gone, as `head` does. */

/** What a shell reports of a program that SIGPIPE ended: 128 + 13. */
const BROKEN_PIPE = 141;

/**
 * Ends the command, quietly, at the first write that nobody reads any more. A command that runs
 * something ends it in good order, as at SIGTERM. An application that listens for errors of its output
 * decides for itself.
 */
export function endWithReader(): void {
  let isEnding = false;
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (isEnding || stream.listenerCount("error") > 1) return;
      if (error.code !== "EPIPE") throw error;
      isEnding = true;
      if (process.listenerCount("SIGTERM") > 0) process.kill(process.pid, "SIGTERM");
      else process.exit(BROKEN_PIPE);
    });
  }
}
