/** The result as a table with aligned columns, and as JSON. */
import { floorOf } from "./floors.ts";
import type { Machine } from "./machine.ts";
import { machineLines } from "./machine.ts";
import type { BenchRow, Spread } from "./row.ts";
import { summarize } from "./row.ts";

/** A row and the suite that measured it. */
export interface SuiteRow extends BenchRow {
  readonly suite: string;
}

/** Something that was not measured. */
export interface Skip {
  readonly suite: string;
  readonly what: string;
  readonly reason: string;
}

/** Everything that one run found. */
export interface Report {
  readonly machine: Machine;
  readonly startedAt: string;
  readonly quick: boolean;
  readonly rows: readonly SuiteRow[];
  readonly skips: readonly Skip[];
}

/** Stands for a figure that is not a number. */
const NOT_MEASURED = "-";
const HEADINGS = ["benchmark", "peer", "unit", "libos", "spread", "peer's", "spread", "ratio"];

/** @returns The report for a person, line by line. */
export function tableLines(report: Report): string[] {
  const cells = report.rows.map((row) => {
    const { ours, theirs, ratio } = summarize(row);
    const floor = floorOf(row.suite, row.name, row.peer);
    return [
      `${row.suite} ${row.name}`,
      row.peer,
      row.unit,
      short(ours.median),
      range(ours),
      short(theirs.median),
      range(theirs),
      ratioText(ratio.median),
      `${ratioText(ratio.min)}..${ratioText(ratio.max)}`,
      floor === undefined ? "-" : `${floor.ratio}${ratio.median < floor.ratio ? " (below)" : ""}`,
    ];
  });
  const lines = ["", ...machineLines(report.machine), ""];
  if (cells.length > 0) lines.push(...align([[...HEADINGS, "spread", "floor"], ...cells]));
  else lines.push("nothing was measured");
  for (const skip of report.skips) {
    lines.push("", `not measured: ${skip.suite} ${skip.what}: ${skip.reason}`);
  }
  lines.push(
    "",
    "Figures are medians; a spread is the least and the greatest of the rounds. A ratio above 1 means",
    "that libos is better. Floors are the plan's for this stage (bench/README.md).",
  );
  if (report.quick) lines.push("A quick run: its figures are rough.");
  return lines;
}

/** @returns The report for a program; `ratio` and the spreads are computed as in the table. */
export function reportJson(report: Report): string {
  const rows = report.rows.map((row) => {
    const floor = floorOf(row.suite, row.name, row.peer);
    return {
      ...row,
      ...summarize(row),
      rounds: { ours: row.ours, theirs: row.theirs },
      ...(floor === undefined ? {} : { floor: { ratio: floor.ratio, source: floor.source } }),
    };
  });
  return JSON.stringify({ ...report, rows }, null, 2);
}

/** @returns A figure with three digits that count: 52.3, 0.71, 1.02 k, 4.03 M. */
export function short(figure: number): string {
  if (Number.isNaN(figure)) return NOT_MEASURED;
  const size = Math.abs(figure);
  if (size >= 999_500) return `${digits(figure / 1e6)} M`;
  if (size >= 999.5) return `${digits(figure / 1e3)} k`;
  return digits(figure);
}

/** A ratio with two digits; infinite beside nothing, and a dash where one side was not measured. */
function ratioText(ratio: number): string {
  if (Number.isNaN(ratio)) return NOT_MEASURED;
  return Number.isFinite(ratio) ? ratio.toFixed(2) : "inf";
}

function digits(figure: number): string {
  const size = Math.abs(figure);
  return figure.toFixed(size >= 99.95 ? 0 : size >= 9.995 ? 1 : size >= 0.9995 ? 2 : 3);
}

function range(figures: Spread): string {
  return `${short(figures.min)}..${short(figures.max)}`;
}

/** The first three columns are words; the others are figures and stand at the right. */
function align(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) =>
        column < 3 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!),
      )
      .join("  ")
      .trimEnd(),
  );
  const rule = widths.map((width) => "-".repeat(width)).join("  ");
  return [lines[0]!, rule, ...lines.slice(1)];
}
