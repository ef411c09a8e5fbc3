/** `console.table`: rows and columns in boxes, as Node draws them. */
import { inspect } from "./inspect.ts";

/** @returns The lines of a table. */
function draw(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => (row[column] ?? "").length)),
  );
  const rule = (left: string, middle: string, right: string): string =>
    left + widths.map((width) => "─".repeat(width + 2)).join(middle) + right;
  const line = (cells: readonly string[]): string =>
    `│${widths.map((width, column) => ` ${(cells[column] ?? "").padEnd(width)} `).join("│")}│`;
  return [
    rule("┌", "┬", "┐"),
    line(head),
    rule("├", "┼", "┤"),
    ...rows.map(line),
    rule("└", "┴", "┘"),
  ].join("\n");
}

type Row = readonly [index: string, value: unknown];

function rowsOf(data: object): readonly [title: string, rows: readonly Row[]] {
  if (data instanceof Map) {
    return ["(iteration index)", [...data].map((pair, index): Row => [String(index), pair])];
  }
  if (data instanceof Set) {
    return ["(iteration index)", [...data].map((value, index): Row => [String(index), value])];
  }
  return ["(index)", Object.entries(data)];
}

/** @returns Text for `data`, or undefined where it has no rows. */
export function formatTable(data: unknown, columns?: readonly string[]): string | undefined {
  if (typeof data !== "object" || data === null) return undefined;
  const [title, rows] = rowsOf(data);
  if (data instanceof Map) {
    const cells = rows.map(([index, pair]) => [index, ...(pair as unknown[]).map(inspect)]);
    return draw([title, "Key", "Values"], cells);
  }
  const names = new Set<string>(columns);
  const isPlain = (value: unknown): boolean => typeof value !== "object" || value === null;
  for (const [, value] of rows) {
    if (columns !== undefined || isPlain(value)) continue;
    for (const name of Object.keys(value as object)) names.add(name);
  }
  const hasValues = rows.some(([, value]) => isPlain(value));
  const cells = rows.map(([index, value]) => [
    index,
    ...[...names].map((name) =>
      !isPlain(value) && Object.hasOwn(value as object, name)
        ? inspect(Reflect.get(value as object, name))
        : "",
    ),
    ...(hasValues ? [isPlain(value) ? inspect(value) : ""] : []),
  ]);
  return draw([title, ...names, ...(hasValues ? ["Values"] : [])], cells);
}
