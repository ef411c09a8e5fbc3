/** An image's contents as text, for `libos image ls`, `tree` and `size`. */
import type { ArchiveEntry } from "./archive.ts";
import type { OpenImage } from "./open.ts";

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

/** What takes the room, largest first. */
export function sizesOf(image: OpenImage): readonly (readonly [part: string, bytes: number])[] {
  const files = image.data.length;
  const listed = image.kernelBytes + image.codeBytes + files;
  const { code } = image.manifest;
  const sourceBytes = Object.values(code).reduce((sum, bytes) => sum + bytes, 0);
  // Each part's share of the bytecode is taken to be its share of the source.
  const scale = image.codeBytes / sourceBytes;
  const scaled = Object.entries(code).map(([part, bytes]): [string, number] => [
    part,
    Math.round(bytes * scale),
  ]);
  const parts: [string, number][] = [
    ["kernel with the engine", image.kernelBytes],
    ["files", files],
    ["manifest, headers", image.fileBytes - listed],
    ...scaled,
  ];
  return parts.filter(([, bytes]) => bytes > 0).toSorted(([, a], [, b]) => b - a);
}

/** `sizesOf` as a table with the sum. */
export function renderSizes(image: OpenImage): string[] {
  const rows = [...sizesOf(image), ["all", image.fileBytes] as const];
  return rows.map(([part, bytes]) => {
    const share = ((100 * bytes) / image.fileBytes).toFixed(1);
    return `${grouped(bytes).padStart(11)}  ${share.padStart(5)} %  ${part}`;
  });
}
