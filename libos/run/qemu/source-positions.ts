/** Stack traces of an image, with the application's lines in place of the bundle's. */
import { SourceMap, type SourceMapPayload } from "node:module";

/** A place in the bundle, as the engine writes it. */
const PLACE = /\bapp\.js:(?<line>\d+)(?::(?<column>\d+))?/g;
/** What a line of a stack trace begins with; while a line may become one, it is held back. */
const CALL = "    at ";

/** @returns Text with every place of the bundle replaced by that of its source, where it is known. */
export function createPositionMapper(map: string): (text: string) => string {
  let sources: SourceMap | undefined;
  return (text) =>
    text.replace(PLACE, (place: string, line: string, column: string | undefined) => {
      if (column === undefined) return place;
      // Parsed at the first error: it takes a while.
      sources ??= new SourceMap(JSON.parse(map) as SourceMapPayload);
      const entry = sources.findEntry(Number(line) - 1, Number(column) - 1);
      if (!("originalSource" in entry)) return place;
      return `${entry.originalSource}:${entry.originalLine + 1}:${entry.originalColumn + 1}`;
    });
}

/**
 * Makes a filter for the console. Everything passes at once, but lines of stack traces, which pass
 * when they are whole.
 */
export function createTraceFilter(
  map: string,
  write: (text: string) => void,
): { readonly take: (text: string) => void; readonly end: () => void } {
  const mapped = createPositionMapper(map);
  let line = "";
  const mayBeCall = (): boolean =>
    line.length < CALL.length ? CALL.startsWith(line) : line.startsWith(CALL);
  let isHeld = true;
  const take = (text: string): void => {
    let pass = "";
    for (const character of text) {
      line += character;
      const isEnd = character === "\n";
      if (isHeld && !mayBeCall()) {
        isHeld = false;
        pass += line;
      } else if (!isHeld) {
        pass += character;
      } else if (isEnd) {
        pass += mapped(line);
      }
      if (!isEnd) continue;
      line = "";
      isHeld = true;
    }
    if (pass !== "") write(pass);
  };
  return {
    take,
    end(): void {
      if (isHeld && line !== "") write(mapped(line));
      line = "";
    },
  };
}
