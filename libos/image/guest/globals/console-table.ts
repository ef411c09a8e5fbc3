/** `console.table`, for applications that have the word. */
import { formatTable } from "../console-table.ts";

Object.assign(console, {
  table(data: unknown, columns?: readonly string[]): void {
    const text = formatTable(data, columns);
    console.log(text ?? data);
  },
});
