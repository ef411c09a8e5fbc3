//! Compiles the JavaScript engine for a bare target, from the sources of a crate that Cargo pinned
//! (name, version and checksum are in Cargo.lock), and links the kernel with its script.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const ENGINE_CRATE: &str = "libquickjs-ng-sys";
/// QuickJS-ng 0.18 marks every InternalError as one that `catch` does not see, out of memory among
/// them. An application must be able to survive it, so this condition becomes `false`; what is
/// meant to be uncatchable (an interrupted turn) is marked elsewhere in its source.
const UNCATCHABLE: &str = "JS_##uc##_ERROR == JS_INTERNAL_ERROR";
/// Where the interrupt handler stops JavaScript, ours may throw an error that can be caught
/// (`engine/quickjs.c`).
const INTERRUPTED: &str = "    JS_ThrowInternalError(ctx, \"interrupted\");
    JS_SetUncatchableError(ctx, ctx->rt->current_exception);";
/// Each function keeps a copy of its source, and of those of the functions in it, for `toString`:
/// several times the size of the whole program. Without it `toString` answers "[native code]".
const SOURCES: [(&str, &str); 3] = [
    ("fd->source_len = s->last_ptr - ptr;", "fd->source_len = 0;"),
    (" fd->source_len = s->buf_ptr - ptr;", " fd->source_len = 0;"),
    ("ctor_fd->source_len = s->buf_ptr - class_start_ptr;", "ctor_fd->source_len = 0;"),
];
const TO_STRING: (&str, &str) = (
    "if (b->source)\n            return JS_NewStringLen",
    "if (b->source_len)\n            return JS_NewStringLen",
);
/// Where a function of JavaScript begins, is continued, and ends, and where a native one does: told to
/// the profiler (`engine/quickjs.c`).
const ENTERED: (&str, &str) = (
    "    ctx = b->realm; /* set the current realm */\n",
    "    ctx = b->realm;\n    LIBOS_ENTER(func_obj);\n",
);
const CONTINUED: (&str, &str) = (
    "            rt->current_stack_frame = sf;\n            if (s->throw_flag)",
    "            rt->current_stack_frame = sf;\n            LIBOS_ENTER(sf->cur_func);\n            if (s->throw_flag)",
);
const NATIVE: (&str, &str) = (
    "    func = p->u.cfunc.c_function;\n    switch(cproto) {",
    "    LIBOS_ENTER(func_obj);\n    func = p->u.cfunc.c_function;\n    switch(cproto) {",
);
const LEFT: (&str, &str) = (
    "    rt->current_stack_frame = sf->prev_frame;\n    return ret_val;",
    "    rt->current_stack_frame = sf->prev_frame;\n    LIBOS_LEAVE();\n    return ret_val;",
);
/// What is replaced, how often it occurs, and by what.
const PATCHES: [(&str, usize, &str); 10] = [
    (ENTERED.0, 1, ENTERED.1),
    (CONTINUED.0, 1, CONTINUED.1),
    (NATIVE.0, 1, NATIVE.1),
    (LEFT.0, 2, LEFT.1),
    (UNCATCHABLE, 2, "false"),
    (INTERRUPTED, 1, "    libos_throw_interrupted(ctx);"),
    (SOURCES[0].0, 1, SOURCES[0].1),
    (SOURCES[1].0, 1, SOURCES[1].1),
    (SOURCES[2].0, 1, SOURCES[2].1),
    (TO_STRING.0, 1, TO_STRING.1),
];

const COMMON_FLAGS: &[&str] = &[
    "-std=c11",
    "-ffreestanding",
    "-nostdlibinc",
    "-D_GNU_SOURCE",
    "-DNDEBUG",
    "-funsigned-char",
    "-fwrapv",
    "-ffunction-sections",
    "-fdata-sections",
    "-fno-pic",
    "-fno-asynchronous-unwind-tables",
    "-fno-math-errno",
    // Frames larger than a page touch each page, so that none jumps over a stack's guard. The driver
    // knows the option for some systems only; the compiler proper, for all.
    "-Xclang",
    "-fstack-clash-protection",
    "-Werror=implicit-function-declaration",
];
/// Clang merges the interpreter's computed gotos into few indirect jumps; these bring them back.
const INTERPRETER_FLAGS: &[&str] =
    &["-mllvm", "-tail-dup-pred-size=10000", "-mllvm", "-tail-dup-succ-size=10000"];

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=engine");
    println!("cargo::rerun-if-env-changed=LIBOS_CC");
    println!("cargo::rerun-if-env-changed=LIBOS_AR");
    println!("cargo::rerun-if-env-changed=LIBOS_ENGINE_OPT");
    if variable("CARGO_CFG_TARGET_OS") != "none" {
        return;
    }
    let arch = variable("CARGO_CFG_TARGET_ARCH");
    let script = format!("{}/src/arch/{arch}/kernel.ld", variable("CARGO_MANIFEST_DIR"));
    println!("cargo::rerun-if-changed={script}");
    println!("cargo::rustc-link-arg-bins=--script={script}");
    println!("cargo::rustc-link-arg-bins=--gc-sections");
    println!("cargo::rustc-link-arg-bins=-zmax-page-size=4096");
    compile_engine(&arch);
}

fn variable(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| panic!("{name} is not set: run this through cargo"))
}

fn compile_engine(arch: &str) {
    let sources = engine_sources();
    let out = PathBuf::from(variable("OUT_DIR"));
    let patched = patch(&sources.join("quickjs.c"), &out);
    // For whoever compiles the engine once more, for another machine (scripts/build-kernel.ts).
    fs::write(out.join("engine-sources"), sources.to_str().expect("Cargo's paths are UTF-8"))
        .expect("OUT_DIR can be written");
    let mut flags: Vec<String> = COMMON_FLAGS.iter().map(ToString::to_string).collect();
    flags.push(format!("--target={arch}-unknown-none-elf"));
    flags.push(format!("-isystem{}/engine/include", variable("CARGO_MANIFEST_DIR")));
    flags.push(format!("-I{}", sources.display()));
    if arch == "x86_64" {
        let machine = ["-mno-red-zone", "-fcf-protection=none", "-mcmodel=small"];
        flags.extend(machine.map(String::from));
    }
    let optimization = env::var("LIBOS_ENGINE_OPT").unwrap_or_else(|_| "-Os".into());
    flags.push(optimization);

    let definition = format!("-DQUICKJS_C=\"{}\"", patched.display());
    let mut engine = vec![definition, "-w".to_string()];
    engine.extend(INTERPRETER_FLAGS.iter().map(ToString::to_string));
    let foreign = ["-D__wasi__=1".to_string(), "-w".to_string()];
    let own = ["-Wall", "-Wextra", "-Werror", "-fno-builtin"].map(String::from);
    let mut jobs: Vec<(PathBuf, &[String])> =
        vec![("engine/quickjs.c".into(), &engine), ("engine/libc.c".into(), &own)];
    for name in ["libregexp.c", "libunicode.c", "dtoa.c"] {
        jobs.push((sources.join(name), &foreign));
    }
    let objects: Vec<PathBuf> = jobs
        .iter()
        .map(|(source, _)| out.join(source.file_name().unwrap()).with_extension("o"))
        .collect();
    let running: Vec<_> = jobs
        .iter()
        .zip(&objects)
        .map(|((source, extra), object)| {
            let mut command = Command::new(tool("LIBOS_CC", "clang-19"));
            command.args(&flags).args(*extra).arg("-c").arg(source).arg("-o").arg(object);
            (source, command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}")))
        })
        .collect();
    for (source, mut child) in running {
        let status = child.wait().expect("clang was started");
        assert!(status.success(), "clang failed on {}", source.display());
    }
    let archive = out.join("libengine.a");
    let _ = fs::remove_file(&archive);
    let status = Command::new(tool("LIBOS_AR", "llvm-ar-19"))
        .arg("crs")
        .arg(&archive)
        .args(&objects)
        .status()
        .expect("llvm-ar is installed");
    assert!(status.success(), "llvm-ar failed");
    println!("cargo::rustc-link-search=native={}", out.display());
    println!("cargo::rustc-link-lib=static=engine");
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

/// Writes the engine's main source with the changes, and returns its path.
fn patch(source: &Path, out: &Path) -> PathBuf {
    let mut text =
        fs::read_to_string(source).unwrap_or_else(|error| panic!("{}: {error}", source.display()));
    for (from, count, to) in PATCHES {
        assert_eq!(text.matches(from).count(), count, "the engine's source changed: {from}");
        text = text.replace(from, to);
    }
    let path = out.join("quickjs-patched.c");
    fs::write(&path, text).expect("OUT_DIR can be written");
    path
}
