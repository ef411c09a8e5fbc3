import {
  accessSync,
  constants,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { Failure } from "../failure.ts";

export interface NewFlags {
  readonly json?: boolean;
}

/** The template lies above libos/ in the repository and above dist/libos/ in the package. */
function templateFolder(): string {
  for (const path of ["../../../templates/app", "../../../../templates/app"]) {
    const folder = fileURLToPath(new URL(path, import.meta.url));
    if (existsSync(folder)) return folder;
  }
  throw new Failure("the template is missing from this installation; install libos again", 1);
}

/** `libos new DIR`: copies the template. Nothing that exists is overwritten. */
export function create(dir: string, flags: NewFlags): void {
  const target = resolve(dir);
  if (existsSync(target) && !statSync(target).isDirectory()) {
    throw new Failure(`${dir} is a file; give the name of a new folder`, 1);
  }
  if (existsSync(target) && readdirSync(target).length > 0) {
    throw new Failure(`${dir} is not empty; give the name of a new folder`, 1);
  }
  try {
    mkdirSync(target, { recursive: true });
    accessSync(target, constants.W_OK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new Failure(`${dir}: the folder can't be made (${code}); give another one`, 1);
  }
  cpSync(templateFolder(), target, { recursive: true });
  // A published package can't hold a file named .gitignore.
  const ignore = join(target, "gitignore");
  if (existsSync(ignore)) renameSync(ignore, join(target, ".gitignore"));
  const manifest = join(target, "package.json");
  const name =
    basename(target)
      .toLowerCase()
      .replace(/[^a-z0-9-_.]/g, "-") || "app";
  writeFileSync(manifest, readFileSync(manifest, "utf8").replaceAll("APP_NAME", name));
  const files = readdirSync(target, { recursive: true }).map(String).toSorted();
  if (flags.json) {
    process.stdout.write(`${JSON.stringify({ dir: target, files })}\n`);
    return;
  }
  const shown = relative(process.cwd(), target) || ".";
  const argument = /^[\w./-]+$/.test(shown) ? shown : JSON.stringify(shown);
  process.stdout.write(`Made ${shown}: ${files.join(", ")}\n\nRun it:\n  libos run ${argument}\n`);
}
