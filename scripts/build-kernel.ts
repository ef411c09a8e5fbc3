/**
 * Builds the bare-metal kernels, and the compiler for their bytecode, into `build/kernel/`.
 *
 *   node scripts/build-kernel.ts            build (half a minute at first, a second when nothing changed)
 *   node scripts/build-kernel.ts --check    only say whether the tools are there
 *   node scripts/build-kernel.ts --for-tests   the same, but the engine keeps its training where it has one
 *   node scripts/build-kernel.ts --lint     clippy, formatting, and the tests of the host, instead
 */
import { spawn, spawnSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundleWorkload } from "./training/bundle.ts";
import { KERNELS } from "../libos/image/kernels.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const CRATE = join(ROOT, "bare-metal");
const TARGET_FOLDER = join(ROOT, "build/bare-metal");
const KERNEL_FOLDER = join(ROOT, "build/kernel");
/** The kernels without symbols: what an image holds (`libos/image/kernels.ts` says which one). */
export const KERNEL_PATHS: Readonly<Record<keyof typeof KERNELS, string>> = {
  speed: join(KERNEL_FOLDER, KERNELS.speed.file),
  size: join(KERNEL_FOLDER, KERNELS.size.file),
  full: join(KERNEL_FOLDER, KERNELS.full.file),
};
/** What Cargo calls them. */
const BINARIES: Readonly<Record<keyof typeof KERNELS, string>> = {
  speed: "libos-kernel",
  size: "libos-kernel-small",
  full: "libos-kernel-full",
};

/** The engine's compiler, which makes bytecode for the kernels (`bare-metal/compile.ts`). */
export const COMPILER: string = join(KERNEL_FOLDER, "compiler.wasm");

/** What Debian calls the packages that bring everything. */
export const DEBIAN_PACKAGES: string =
  "clang-19 lld-19 llvm-19 libclang-rt-19-dev wasi-libc libclang-rt-19-dev-wasm32 " +
  "rustc-web cargo-web rust-web-src rust-web-clippy rustfmt-web";
/** Clippy's own, since it would take turns with the build in calling the other's results out of date. */
const LINT_FOLDER = join(ROOT, "build/lint");
/** What the engine is trained on before it is compiled for good (`bare-metal/engine/training.rs`). */
const WORKLOAD = join(TARGET_FOLDER, "training.js");
/** The oldest Rust whose `cargo` and `core` we tried. */
const RUST_MINOR_MIN = 96;

/** The loader of images, one for each way to pack them; a flat binary (`bare-metal/SPEC.md`). */
const LOADER_CRATE = join(CRATE, "loader");
const LOADER_METHODS = ["none", "zstd", "lzma"] as const;
/** What a PC's BIOS boots (`bare-metal/loader/bios.s`). */
export const BOOT_CODE: string = join(ROOT, "build/kernel/bios-x86_64.bin");
/** Of its own: the loader is another workspace, with other flags. */
const LOADER_TARGET_FOLDER = join(ROOT, "build/loader");
/**
 * Places of source in panics are named from their crate: otherwise a kernel would hold the path of
 * Cargo's home, and differ from one builder to the next. Debugging information keeps the whole paths.
 */
const SHORT_PATHS = ["-Ztrim-paths", "--config", 'profile.release.trim-paths="macro"'];
const LOADER_FLAGS = [
  ...SHORT_PATHS,
  "--release",
  "--locked",
  "-Zjson-target-spec",
  "-Zbuild-std=core,compiler_builtins",
  "-Zbuild-std-features=",
  "--target=../targets/x86_64-libos-loader.json",
];

const CARGO_FLAGS = [
  ...SHORT_PATHS,
  "--release",
  "--locked",
  "-Zjson-target-spec",
  "-Zbuild-std=core,alloc,compiler_builtins",
  "-Zbuild-std-features=compiler-builtins-mem",
  "--target=targets/x86_64-libos.json",
];

/** Rust with the sources of its libraries, from which `core` is built for the bare target. */
interface Toolchain {
  readonly rustc: string;
  readonly cargo: string;
}

function run(command: string, args: readonly string[]): string | undefined {
  const result = spawnSync(command, args, { encoding: "utf8" });
  return result.status === 0 ? result.stdout : undefined;
}

/** Debian's own Rust first: rustup's has seldom the sources. */
function findToolchain(): Toolchain | undefined {
  for (const folder of ["/usr/bin/", ""]) {
    const [rustc, cargo] = [`${folder}rustc`, `${folder}cargo`];
    const minor = /^rustc 1\.(?<minor>\d+)/.exec(run(rustc, ["--version"]) ?? "")?.groups?.[
      "minor"
    ];
    const sysroot = run(rustc, ["--print", "sysroot"])?.trim();
    if (minor === undefined || Number(minor) < RUST_MINOR_MIN || sysroot === undefined) continue;
    const hasSources = existsSync(join(sysroot, "lib/rustlib/src/rust/library/Cargo.lock"));
    if (hasSources && run(cargo, ["--version"]) !== undefined) return { rustc, cargo };
  }
  return undefined;
}

/** @returns What is missing for a build, as words for a message; empty when nothing is. */
export function missingTools(): string[] {
  const llvm = ["ar", "strip", "objcopy", "profdata"].map((tool) => `llvm-${tool}-19`);
  const tools = ["clang-19", "ld.lld-19", ...llvm];
  const missing = tools.filter((tool) => run(tool, ["--version"]) === undefined);
  const runtime = run("clang-19", ["--print-file-name=libclang_rt.profile-x86_64.a"]);
  // Clang answers with the bare name where it finds none.
  if (runtime?.includes("/") !== true) missing.push("libclang-rt-19-dev");
  if (findToolchain() === undefined) missing.push(`Rust 1.${RUST_MINOR_MIN} with its sources`);
  return missing;
}

/** One line that says what is missing and how to get it. */
export function describeMissing(missing: readonly string[]): string {
  const names = missing.join(", ");
  return `the kernel cannot be built without ${names}: apt-get install ${DEBIAN_PACKAGES}`;
}

function environmentOf(toolchain: Toolchain, targetFolder: string): NodeJS.ProcessEnv {
  return {
    ...process.env,
    // `-Zbuild-std` is a feature of nightly builds; this is how Rust's own build unlocks it.
    RUSTC_BOOTSTRAP: "1",
    RUSTC: toolchain.rustc,
    CARGO_TARGET_DIR: targetFolder,
    LIBOS_TRAINING: WORKLOAD,
    // Whoever only looks at the Rust code needs no engine (build.rs).
    ...(targetFolder === LINT_FOLDER && { LIBOS_LINT: "1" }),
    // cargo's subcommands are looked for in PATH: they must be of the same Rust.
    PATH: `/usr/bin:${process.env["PATH"] ?? ""}`,
  };
}

/** Runs cargo; its progress goes to `say`, line by line. Resolves with what it said in the end. */
function runCargo(
  toolchain: Toolchain,
  args: readonly string[],
  say: (line: string) => void,
  crate: string = CRATE,
  folder: string = crate === CRATE ? TARGET_FOLDER : LOADER_TARGET_FOLDER,
): Promise<{ readonly isOk: boolean; readonly log: string }> {
  const child = spawn("nice", ["-n", "10", toolchain.cargo, ...args], {
    cwd: crate,
    stdio: ["ignore", "pipe", "pipe"],
    env: environmentOf(toolchain, folder),
  });
  let log = "";
  let rest = "";
  const take = (chunk: string): void => {
    log += chunk;
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      if (/^ *(Compiling|Checking|Downloading|Finished|warning|error|test result)/.test(line)) {
        say(line.trim());
      }
    }
  };
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8");
    stream.on("data", take);
  }
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ isOk: code === 0, log }));
  });
}

/**
 * Fetches every crate of the lock file, also those that are never compiled: the build script asks
 * for the engine's sources while cargo may not use the network.
 */
async function fetchCrates(toolchain: Toolchain, say: (line: string) => void): Promise<void> {
  const { isOk, log } = await runCargo(toolchain, ["fetch", "--locked"], say);
  if (!isOk) throw new Error(`the kernel's crates can't be fetched:\n${log}`);
}

/**
 * Bundles what the engine is trained on. It is made of the sources of the whole system: a build that
 * was asked for takes them as they are, so that the same sources give the same kernel, and a build for
 * a test keeps the workload that is there, so that not every change above the kernel rebuilds it.
 */
async function prepareWorkload(keeps: boolean): Promise<void> {
  if (keeps && existsSync(WORKLOAD)) return;
  const bundle = await bundleWorkload();
  if (existsSync(WORKLOAD) && readFileSync(WORKLOAD).equals(bundle)) return;
  mkdirSync(TARGET_FOLDER, { recursive: true });
  writeFileSync(WORKLOAD, bundle);
}

/** Copies what Cargo built, without symbols and with them (`.debug.elf`), unless that was done. */
function install(binary: string, path: string): void {
  const built = join(TARGET_FOLDER, "x86_64-libos/release", binary);
  if (existsSync(path) && statSync(path).mtimeMs >= statSync(built).mtimeMs) return;
  mkdirSync(KERNEL_FOLDER, { recursive: true });
  copyFileSync(built, path.replace(/\.elf$/, ".debug.elf"));
  if (run("llvm-strip-19", ["-o", path, built]) === undefined) {
    throw new Error(`llvm-strip-19 failed on ${built}`);
  }
}

/**
 * Builds the kernels, unless they are up to date. Two builds at once wait for each other (cargo's
 * lock).
 *
 * @param say Takes a line of progress.
 * @param keepsTraining Trains the engine on what it was trained on last time, where there is that.
 * @returns The paths of the kernels without symbols.
 * @throws Error with cargo's whole output when the build fails or tools are missing.
 */
export async function buildKernel(
  say: (line: string) => void,
  keepsTraining = false,
): Promise<typeof KERNEL_PATHS> {
  const missing = missingTools();
  const toolchain = findToolchain();
  if (missing.length > 0 || toolchain === undefined) throw new Error(describeMissing(missing));
  await fetchCrates(toolchain, say);
  await prepareWorkload(keepsTraining);
  const { isOk, log } = await runCargo(toolchain, ["build", ...CARGO_FLAGS], say);
  if (!isOk) throw new Error(`the kernel does not build:\n${log}`);
  for (const name of ["speed", "size", "full"] as const)
    install(BINARIES[name], KERNEL_PATHS[name]);
  await buildLoaders(toolchain, say);
  return KERNEL_PATHS;
}

/** The path of the loader of images that are packed in this way. */
export function loaderPath(method: (typeof LOADER_METHODS)[number]): string {
  return join(ROOT, `build/kernel/loader-x86_64-${method}.bin`);
}

async function buildLoaders(toolchain: Toolchain, say: (line: string) => void): Promise<void> {
  const { isOk, log } = await runCargo(toolchain, ["build", ...LOADER_FLAGS], say, LOADER_CRATE);
  if (!isOk) throw new Error(`the loader does not build:\n${log}`);
  for (const method of LOADER_METHODS) {
    const built = join(LOADER_TARGET_FOLDER, `x86_64-libos-loader/release/libos-loader-${method}`);
    const binary = loaderPath(method);
    const isFresh = existsSync(binary) && statSync(binary).mtimeMs >= statSync(built).mtimeMs;
    if (isFresh) continue;
    if (run("llvm-objcopy-19", ["-O", "binary", built, `${binary}.new`]) === undefined) {
      throw new Error(`llvm-objcopy-19 failed on ${built}`);
    }
    renameSync(`${binary}.new`, binary);
  }
  buildBootCode();
}

/** The code for a PC's BIOS: 16 bits, without Rust. */
function buildBootCode(): void {
  const source = join(LOADER_CRATE, "bios.s");
  const object = join(LOADER_TARGET_FOLDER, `bios.${process.pid}.o`);
  const draft = `${BOOT_CODE}.${process.pid}.new`;
  if (existsSync(BOOT_CODE) && statSync(BOOT_CODE).mtimeMs >= statSync(source).mtimeMs) return;
  const compile = ["--target=i386-unknown-none-elf", "-c", source, "-o", object];
  const link = ["-m", "elf_i386", "-e", "start", "--oformat", "binary", "-Ttext=0x7c00"];
  for (const [tool, ...args] of [
    ["clang-19", ...compile],
    ["ld.lld-19", ...link, "-o", draft, object],
  ] as const) {
    const result = spawnSync(tool, args, { encoding: "utf8" });
    if (result.status !== 0) throw new Error(`the boot code does not build:\n${result.stderr}`);
  }
  renameSync(draft, BOOT_CODE);
}

/** Where the kernel's build left the engine's sources: the newest of its output folders. */
function findEngine(): { readonly main: string; readonly folder: string } {
  const builds = join(TARGET_FOLDER, "x86_64-libos/release/build");
  const newest = readdirSync(builds)
    .map((name) => join(builds, name, "out/engine-sources"))
    .filter((path) => existsSync(path))
    .toSorted((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs)[0];
  if (newest === undefined) throw new Error("the kernel was not built yet");
  return { main: join(newest, "../quickjs-patched.c"), folder: readFileSync(newest, "utf8") };
}

/**
 * Builds the engine's compiler as WebAssembly, from the sources that the kernel was built of, unless
 * it is up to date.
 *
 * @returns Its path; undefined where wasi-libc is missing.
 * @throws Error with clang's output when it fails.
 */
export function buildCompiler(say: (line: string) => void): string | undefined {
  if (!existsSync("/usr/include/wasm32-wasi/stdio.h")) {
    say(`no compiler for bytecode is built without wasi-libc: apt-get install ${DEBIAN_PACKAGES}`);
    return undefined;
  }
  const { main, folder } = findEngine();
  const engine = join(CRATE, "engine");
  const own = join(engine, "compiler.c");
  const sources = [main, ...readdirSync(engine).map((name) => join(engine, name))];
  const changedMs = Math.max(...sources.map((path) => statSync(path).mtimeMs));
  if (existsSync(COMPILER) && statSync(COMPILER).mtimeMs >= changedMs) return COMPILER;
  say("Compiling the engine's compiler for WebAssembly");
  const files = ["libregexp.c", "libunicode.c", "dtoa.c"].map((name) => join(folder, name));
  const flags = ["--target=wasm32-wasi", "-mexec-model=reactor", "-O2", "-std=c11", "-w"];
  const meaning = ["-D_GNU_SOURCE", "-DNDEBUG", "-funsigned-char", "-fwrapv"];
  const linking = ["-Wl,-z,stack-size=1048576", "-Wl,--strip-all", "-o", COMPILER];
  const paths = [`-I${folder}`, `-DQUICKJS_C="${main}"`];
  const args = ["-n", "10", "clang-19", ...flags, ...meaning, ...paths, ...linking, own, ...files];
  const result = spawnSync("nice", args, { encoding: "utf8" });
  if (result.status !== 0) throw new Error(`the compiler does not build:\n${result.stderr}`);
  return COMPILER;
}

/** @returns What is missing for `lintKernel`, beside the tools of a build. */
export function missingLintTools(): string[] {
  const toolchain = findToolchain();
  if (toolchain === undefined) return missingTools();
  const environment = environmentOf(toolchain, TARGET_FOLDER);
  return [
    ["clippy", "rust-web-clippy"],
    ["fmt", "rustfmt-web"],
  ].flatMap(([command, debianPackage]) => {
    const args = [command!, "--version"];
    const result = spawnSync(toolchain.cargo, args, { cwd: CRATE, env: environment });
    return result.status === 0 ? [] : [debianPackage!];
  });
}

/**
 * Clippy for the bare target, formatting, and the unit tests that run on the host.
 *
 * @returns "" when all is well, or what the first command that failed said.
 */
export async function lintKernel(say: (line: string) => void): Promise<string> {
  const toolchain = findToolchain();
  if (toolchain === undefined) throw new Error(describeMissing(missingTools()));
  await fetchCrates(toolchain, say);
  const jobs: readonly (readonly [crate: string, ...args: string[]])[] = [
    [CRATE, "fmt", "--check"],
    [CRATE, "clippy", ...CARGO_FLAGS, "--", "-Dwarnings"],
    [CRATE, "test", "--lib", "--locked"],
    [LOADER_CRATE, "fmt", "--check"],
    [LOADER_CRATE, "clippy", ...LOADER_FLAGS, "--", "-Dwarnings"],
    [LOADER_CRATE, "test", "--lib", "--locked"],
  ];
  for (const [crate, ...args] of jobs) {
    const folder = crate === CRATE ? LINT_FOLDER : LOADER_TARGET_FOLDER;
    const { isOk, log } = await runCargo(toolchain, args, say, crate, folder);
    if (!isOk) return log;
  }
  return "";
}

if (import.meta.main) {
  const say = (line: string): void => console.log(line);
  const missing = missingTools();
  if (missing.length > 0) {
    console.error(describeMissing(missing));
    process.exitCode = 1;
  } else if (process.argv.includes("--lint")) {
    const log = await lintKernel(say);
    if (log !== "") console.error(log);
    process.exitCode = log === "" ? 0 : 1;
  } else if (process.argv.includes("--check")) {
    say("the kernel can be built here");
  } else {
    const paths = await buildKernel(say, process.argv.includes("--for-tests"));
    for (const built of [...Object.values(paths), buildCompiler(say)]) {
      if (built !== undefined) say(`${built}: ${statSync(built).size.toLocaleString("en")} bytes`);
    }
  }
}
