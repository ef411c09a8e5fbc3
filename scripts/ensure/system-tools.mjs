/** The programs of the system with which tests judge and benchmarks load, from Debian's packages. */
import { existsSync, readdirSync } from "node:fs";
import { delimiter, join } from "node:path";
import { errorLines, runStep, say } from "./say.mjs";

/** `isThere` tells whether the tool works; `without` is what is skipped when it does not. */
const TOOLS = {
  test: [
    { package: "curl", isThere: () => onPath("curl"), without: "curl against our http server" },
    {
      package: "tshark",
      isThere: () => onPath("tshark"),
      without: "tshark reads what --pcap writes",
    },
    { package: "dnsutils", isThere: () => onPath("dig"), without: "dig against our DNS" },
    {
      package: "netbase",
      isThere: () => existsSync("/etc/services"),
      without: "names of services beside Node's",
    },
    { package: "wrk", isThere: () => onPath("wrk"), without: "an image under load" },
    {
      package: "chromium",
      isThere: () => onPath("chromium"),
      without: "the website in a real browser",
    },
    {
      package: "fonts-dejavu-core",
      isThere: hasFont,
      without: "text in the browser's screenshots",
    },
  ],
  /** What builds the kernel; a group of its own, so that it can fail alone. */
  kernel: [
    { package: "clang-19", isThere: () => onPath("clang-19") },
    { package: "lld-19", isThere: () => onPath("ld.lld-19") },
    { package: "llvm-19", isThere: () => onPath("llvm-ar-19") },
    { package: "wasi-libc", isThere: () => existsSync("/usr/lib/wasm32-wasi") },
    {
      package: "libclang-rt-19-dev",
      isThere: () =>
        existsSync("/usr/lib/llvm-19/lib/clang/19/lib/linux/libclang_rt.profile-x86_64.a"),
    },
    {
      package: "libclang-rt-19-dev-wasm32",
      isThere: () => existsSync("/usr/lib/llvm-19/lib/clang/19/lib/wasi"),
    },
    { package: "rustc-web", isThere: () => existsSync("/usr/bin/rustc") },
    { package: "cargo-web", isThere: () => existsSync("/usr/bin/cargo") },
    { package: "rust-web-src", isThere: () => existsSync("/usr/lib/rustlib/src/rust/library") },
    { package: "rust-web-clippy", isThere: () => existsSync("/usr/bin/cargo-clippy") },
    { package: "rustfmt-web", isThere: () => existsSync("/usr/bin/cargo-fmt") },
  ].map((tool) => ({ ...tool, without: "the kernel is built, and with it images" })),
  /** What boots images and judges them. */
  image: [
    { package: "qemu-system-x86", isThere: () => onPath("qemu-system-x86_64") },
    { package: "grub-pc-bin", isThere: () => existsSync("/usr/lib/grub/i386-pc") },
    { package: "grub-common", isThere: () => onPath("grub-mkrescue") },
    { package: "xorriso", isThere: () => onPath("xorriso") },
    { package: "mtools", isThere: () => onPath("mformat") },
    { package: "qemu-utils", isThere: () => onPath("qemu-img") },
    { package: "fdisk", isThere: () => existsSync("/usr/sbin/sfdisk") },
    { package: "xz-utils", isThere: () => onPath("xz") },
  ].map((tool) => ({ ...tool, without: "images are booted and judged" })),
  bench: [{ package: "wrk", isThere: () => onPath("wrk"), without: "HTTP under load (wrk)" }],
  /** Beside what builds and boots images. */
  "bench:image": [
    { package: "wrk", isThere: () => onPath("wrk") },
    { package: "iproute2", isThere: () => onPath("ip") },
    { package: "util-linux", isThere: () => onPath("unshare") },
  ].map((tool) => ({ ...tool, without: "images beside Linux in QEMU" })),
};

/** @type {Record<string, (keyof typeof TOOLS)[]>} What each purpose needs. */
const GROUPS = {
  test: ["test", "kernel", "image"],
  bench: ["bench"],
  "bench:image": ["bench:image", "kernel", "image"],
  kernel: ["kernel"],
};

/**
 * Installs what is missing, as root or by a sudo that asks for no password. Where neither works it
 * says what will be skipped and goes on: the tests look for their tools themselves.
 *
 * @param {string} purpose One of `GROUPS`.
 */
export async function ensureSystemTools(purpose) {
  for (const group of GROUPS[purpose] ?? []) await ensureGroup(group);
}

async function ensureGroup(/** @type {keyof typeof TOOLS} */ group) {
  const missing = () => TOOLS[group].filter((tool) => !tool.isThere());
  if (missing().length === 0) return;
  const reason = await install(missing().map((tool) => tool.package));
  const left = missing();
  if (left.length === 0) return;
  const names = left.map((tool) => tool.package).join(" ");
  say("!".repeat(72));
  say(`NOT INSTALLED: ${names} (${reason})`);
  for (const tool of left) say(`  without ${tool.package}, this is skipped: ${tool.without}`);
  say(`to run everything: sudo apt-get install ${names}`);
  say("!".repeat(72));
}

/** @returns {Promise<string>} Why a package may still be missing. */
async function install(/** @type {string[]} */ packages) {
  if (!onPath("apt-get")) return "this system has no apt-get";
  const prefix = await rootPrefix();
  if (prefix === undefined) return "needs root, or sudo without a password";
  const apt = (/** @type {string} */ what, /** @type {string[]} */ parameters) => {
    const [program, ...rest] = [...prefix, "apt-get", ...parameters];
    return runStep(what, /** @type {string} */ (program), rest, {
      env: { DEBIAN_FRONTEND: "noninteractive" },
    });
  };
  const command = ["install", "--yes", "--no-install-recommends", ...packages];
  const what = `installing Debian packages: ${packages.join(" ")}`;
  let result = await apt(what, command);
  if (!result.ok) {
    await apt("updating Debian's package lists", ["update"]);
    result = await apt(what, command);
  }
  return result.ok ? "apt-get succeeded, yet they do not work" : errorLines(result.output, 3);
}

/** @returns {Promise<string[] | undefined>} What to put before a command to run it as root. */
async function rootPrefix() {
  if (process.getuid?.() === 0) return [];
  if (!onPath("sudo")) return undefined;
  const sudo = await runStep("", "sudo", ["-n", "true"], { quiet: true });
  // sudo clears the environment, and apt-get must not ask questions.
  return sudo.ok ? ["sudo", "-n", "DEBIAN_FRONTEND=noninteractive"] : undefined;
}

function onPath(/** @type {string} */ program) {
  const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/sbin"];
  return folders.some((folder) => folder !== "" && existsSync(join(folder, program)));
}

function hasFont() {
  try {
    return readdirSync("/usr/share/fonts/truetype").length > 0;
  } catch {
    return false;
  }
}
