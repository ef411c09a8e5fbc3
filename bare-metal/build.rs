//! Compiles the JavaScript engine for a bare target, once for each variant of the kernel, from the
//! sources of a crate that Cargo pinned (name, version and checksum are in Cargo.lock), and links the
//! kernels with their script. Two of the variants are compiled for what the engine does in a run on the
//! host (`engine/training.rs`).

#[path = "engine/patches.rs"]
mod patches;
#[path = "engine/training.rs"]
mod training;

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};

const ENGINE_CRATE: &str = "libquickjs-ng-sys";

/// A kernel with its engine: `libos/image/kernels.ts` says what each can do.
struct Variant {
    /// The name of the binary in Cargo.toml.
    binary: &'static str,
    flags: &'static [&'static str],
    /// Whether it is compiled for what it will run, at the price of some size.
    is_trained: bool,
}

impl Variant {
    fn is_small(&self) -> bool {
        self.flags.contains(&"-DLIBOS_SMALL")
    }
}

/// Hot is what makes nine tenths of the counts. Clang's own 99 % inlines in places that run a few times only:
/// each copy is code that has to be translated, or fetched, for the first time.
const HOT: [&str; 2] = ["-mllvm", "-profile-summary-cutoff-hot=900000"];

const VARIANTS: [Variant; 3] = [
    Variant {
        binary: "libos-kernel",
        flags: &["-Os", "-DQJS_DISABLE_PARSER", HOT[0], HOT[1]],
        is_trained: true,
    },
    Variant { binary: "libos-kernel-full", flags: &["-Os", HOT[0], HOT[1]], is_trained: true },
    Variant {
        binary: "libos-kernel-small",
        flags: &["-Oz", "-DQJS_DISABLE_PARSER", "-DLIBOS_SMALL", "-ULIBOS_QUICK"],
        is_trained: false,
    },
];

/// What decides the meaning of the sources, on the target as on the host.
const LANGUAGE_FLAGS: &[&str] = &[
    "-std=c11",
    "-ffreestanding",
    "-nostdlibinc",
    "-D_GNU_SOURCE",
    "-DNDEBUG",
    "-funsigned-char",
    "-fwrapv",
    "-fno-pic",
    "-fno-math-errno",
    "-Werror=implicit-function-declaration",
];
const TARGET_FLAGS: &[&str] = &[
    "-ffunction-sections",
    "-fdata-sections",
    "-fno-asynchronous-unwind-tables",
    "-fomit-frame-pointer",
    // It copies the ends of blocks to where they are jumped to: larger, and slower under emulation.
    "-mllvm",
    "-disable-block-placement",
    // For the linker, which folds functions that came out the same.
    "-faddrsig",
    // Frames larger than a page touch each page, so that none jumps over a stack's guard. The driver
    // knows the option for some systems only; the compiler proper, for all.
    "-Xclang",
    "-fstack-clash-protection",
];

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=engine");
    println!("cargo::rerun-if-env-changed=LIBOS_CC");
    println!("cargo::rerun-if-env-changed=LIBOS_AR");
    if variable("CARGO_CFG_TARGET_OS") != "none" {
        return;
    }
    let arch = variable("CARGO_CFG_TARGET_ARCH");
    let script = format!("{}/src/arch/{arch}/kernel.ld", variable("CARGO_MANIFEST_DIR"));
    println!("cargo::rerun-if-changed={script}");
    println!("cargo::rustc-link-arg-bins=--script={script}");
    println!("cargo::rustc-link-arg-bins=--gc-sections");
    println!("cargo::rustc-link-arg-bins=--icf=safe");
    println!("cargo::rustc-link-arg-bins=-zmax-page-size=4096");
    println!("cargo::rerun-if-env-changed=LIBOS_LINT");
    if env::var_os("LIBOS_LINT").is_none() {
        compile_engine(&arch);
    }
}

fn variable(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| panic!("{name} is not set: run this through cargo"))
}

fn compile_engine(arch: &str) {
    let sources = engine_sources();
    let out = PathBuf::from(variable("OUT_DIR"));
    let patched = patches::apply(&sources.join("quickjs.c"), &out);
    // For whoever compiles the engine once more, for another machine (scripts/build-kernel.ts).
    fs::write(out.join("engine-sources"), sources.to_str().expect("Cargo's paths are UTF-8"))
        .expect("OUT_DIR can be written");
    let mut language: Vec<String> = LANGUAGE_FLAGS.iter().map(ToString::to_string).collect();
    language.push(format!("-isystem{}/engine/include", variable("CARGO_MANIFEST_DIR")));
    language.push(format!("-I{}", sources.display()));
    language.push(format!("-DQUICKJS_C=\"{}\"", patched.display()));
    // The quick interpreter's convention of calls (`engine/quick.h`) is known for these.
    if ["x86_64", "aarch64"].contains(&arch) {
        let quick = format!("{}/engine/quick.h", variable("CARGO_MANIFEST_DIR"));
        language.push(format!("-DLIBOS_QUICK=\"{quick}\""));
    }
    let profile = training::train(&language, &sources, &out);
    let mut flags = language;
    flags.extend(TARGET_FLAGS.iter().map(ToString::to_string));
    flags.push(format!("--target={arch}-unknown-none-elf"));
    if arch == "x86_64" {
        let machine = ["-mno-red-zone", "-fcf-protection=none", "-mcmodel=small"];
        flags.extend(machine.map(String::from));
    }
    let compiling: Vec<_> = VARIANTS
        .iter()
        .map(|variant| start_variant(variant, &flags, profile.as_deref(), &sources, &out))
        .collect();
    for (variant, running) in VARIANTS.iter().zip(compiling) {
        let objects: Vec<PathBuf> = running
            .into_iter()
            .map(|(object, mut child)| {
                let status = child.wait().expect("clang was started");
                assert!(status.success(), "clang failed on {}", object.display());
                object
            })
            .collect();
        let archive = out.join(format!("{}-engine.a", variant.binary));
        let _ = fs::remove_file(&archive);
        let status = Command::new(tool("LIBOS_AR", "llvm-ar-19"))
            .arg("crs")
            .arg(&archive)
            .args(&objects)
            .status()
            .expect("llvm-ar is installed");
        assert!(status.success(), "llvm-ar failed");
        println!("cargo::rustc-link-arg-bin={}={}", variant.binary, archive.display());
    }
}

/// Starts a compiler for each source. Returns the objects that they will write.
fn start_variant(
    variant: &Variant,
    flags: &[String],
    profile: Option<&Path>,
    sources: &Path,
    out: &Path,
) -> Vec<(PathBuf, Child)> {
    let profile = profile.filter(|_| variant.is_trained);
    let profile = profile.map(|path| format!("-fprofile-instr-use={}", path.display()));
    let folder = out.join(variant.binary);
    fs::create_dir_all(&folder).expect("OUT_DIR can be written");
    let own: &[&str] = &["-Wall", "-Wextra", "-Werror", "-fno-builtin"];
    let foreign: &[&str] = &["-D__wasi__=1", "-w"];
    let jobs: [(PathBuf, &[&str]); 5] = [
        ("engine/quickjs.c".into(), &["-w"]),
        ("engine/libc.c".into(), own),
        (
            sources.join("libregexp.c"),
            if variant.is_small() {
                &["-D__wasi__=1", "-w", "-include", "engine/small.h"]
            } else {
                foreign
            },
        ),
        (sources.join("libunicode.c"), foreign),
        (sources.join("dtoa.c"), foreign),
    ];
    jobs.into_iter()
        .map(|(source, extra)| {
            let object = folder.join(source.file_name().unwrap()).with_extension("o");
            let mut command = Command::new(tool("LIBOS_CC", "clang-19"));
            command.args(flags).args(variant.flags).args(extra).args(&profile);
            command.arg("-c").arg(&source).arg("-o").arg(&object);
            (object, command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}")))
        })
        .collect()
}

fn tool(variable: &str, default: &str) -> String {
    env::var(variable).unwrap_or_else(|_| default.to_string())
}

/// Asks Cargo where it unpacked the pinned crate.
fn engine_sources() -> PathBuf {
    let output = Command::new(variable("CARGO"))
        .args(["metadata", "--format-version=1", "--locked", "--offline"])
        .output()
        .expect("cargo can be run");
    let metadata = String::from_utf8_lossy(&output.stdout);
    let manifest = metadata
        .split("\"manifest_path\":\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .find(|path| path.contains(&format!("/{ENGINE_CRATE}-")))
        .unwrap_or_else(|| {
            let errors = String::from_utf8_lossy(&output.stderr);
            panic!("cargo metadata names no {ENGINE_CRATE}; run `cargo fetch --locked`: {errors}")
        });
    Path::new(manifest).parent().unwrap().join("embed/quickjs")
}
