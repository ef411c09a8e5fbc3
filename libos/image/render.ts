/** An image's contents as text, for `libos image ls`, `tree` and `size`. */
import type { ArchiveEntry } from "./archive.ts";
import type { OpenImage, PartSize } from "./open.ts";

const [TYPE_MASK, FOLDER, LINK] = [0o170000, 0o040000, 0o120000];

function grouped(count: number): string {
  return count.toLocaleString("en");
}

function typeOf({ mode }: ArchiveEntry): "d" | "l" | "-" {
  const type = mode & TYPE_MASK;
  if (type === FOLDER) return "d";
  return type === LINK ? "l" : "-";
}

function permissions(mode: number): string {
  return Array.from("rwxrwxrwx", (letter, index) =>
    (mode & (1 << (8 - index))) === 0 ? "-" : letter,
  ).join("");
}

/** One line for each entry, as `ls -l`: type and permissions, bytes, time, path. */
export function renderList(image: OpenImage): string[] {
  return image.manifest.entries.map((entry) => {
    const time = new Date(entry.modified * 1000).toISOString().slice(0, 16).replace("T", " ");
    const size = grouped(entry.size ?? 0).padStart(12);
    const target = entry.target === undefined ? "" : ` -> ${entry.target}`;
    return `${typeOf(entry)}${permissions(entry.mode)}${size}  ${time}  ${entry.path}${target}`;
  });
}

/** The entries as a tree, each with its bytes. */
export function renderTree(image: OpenImage): string[] {
  const { entries } = image.manifest;
  const lines: string[] = [];
  const parentOf = (path: string): string => path.slice(0, path.lastIndexOf("/")) || "/";
  const roots = new Set(image.manifest.mounts);
  const add = (entry: ArchiveEntry, indent: string, branch: string, deeper: string): void => {
    const isRoot = roots.has(entry.path);
    const name = isRoot ? entry.path : entry.path.slice(entry.path.lastIndexOf("/") + 1);
    const size = entry.size === undefined ? "" : `  ${grouped(entry.size)}`;
    const target = entry.target === undefined ? "" : ` -> ${entry.target}`;
    lines.push(
      `${indent}${branch}${name}${typeOf(entry) === "d" && !isRoot ? "/" : ""}${size}${target}`,
    );
    const children = entries.filter(
      (child) => child !== entry && !roots.has(child.path) && parentOf(child.path) === entry.path,
    );
    for (const [index, child] of children.entries()) {
      const isLast = index === children.length - 1;
      add(child, indent + deeper, isLast ? "└── " : "├── ", isLast ? "    " : "│   ");
    }
  };
  for (const entry of entries) if (roots.has(entry.path)) add(entry, "", "", "");
  return lines;
}

/** One line of `libos image size`. */
export interface SizeRow extends PartSize {
  readonly part: string;
}

/** What takes the room, largest first. */
export function sizesOf(image: OpenImage): readonly SizeRow[] {
  const { kernel, code, manifest, files } = image.parts;
  const packed = [kernel, code, manifest, files].reduce((sum, part) => sum + part.fileBytes, 0);
  const loaderBytes = image.fileBytes - packed;
  const sources = Object.entries(image.code);
  const sourceBytes = sources.reduce((sum, [, bytes]) => sum + bytes, 0);
  // Each part's share of the bytecode is taken to be its share of the source.
  const rows: SizeRow[] = sources.map(([part, bytes]) => ({
    part,
    fileBytes: Math.round((code.fileBytes * bytes) / sourceBytes),
    bytes: Math.round((code.bytes * bytes) / sourceBytes),
  }));
  rows.push({ part: "kernel with the engine", ...kernel });
  rows.push({ part: "loader, headers", fileBytes: loaderBytes, bytes: 0 });
  rows.push({ part: "manifest", ...manifest });
  rows.push({ part: "files", ...files });
  return rows
    .filter(({ fileBytes, bytes }) => fileBytes > 0 || bytes > 0)
    .toSorted((a, b) => b.fileBytes - a.fileBytes);
}

/** `sizesOf` as a table with the sum. */
export function renderSizes(image: OpenImage): string[] {
  const rows = sizesOf(image);
  const bytes = rows.reduce((sum, row) => sum + row.bytes, 0);
  const render = (row: SizeRow): string => {
    const share = ((100 * row.fileBytes) / image.fileBytes).toFixed(1);
    const inFile = grouped(row.fileBytes).padStart(11);
    return `${inFile}  ${share.padStart(5)} %  ${grouped(row.bytes).padStart(11)}  ${row.part}`;
  };
  return [
    `${"in the file".padStart(11)}  ${"".padStart(7)}  ${"unpacked".padStart(11)}`,
    ...rows.map(render),
    render({ part: `all, packed by ${image.method}`, fileBytes: image.fileBytes, bytes }),
    `It does not start with less memory than ${grouped(Math.ceil(image.memoryBytesMin / 1024))} KiB.`,
  ];
}
