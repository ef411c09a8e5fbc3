//! Training: the engine is built for the host with counters in it, runs the workload that LIBOS_TRAINING
//! names (`scripts/training/workload.ts`, bundled), and what it counted tells the
//! compiler which paths are worth their size. The same sources count the same.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The host's own name would let the engine's headers look for its system.
const HOST_FLAGS: &[&str] =
    &["-O1", "-w", "-U__linux__", "-U__gnu_linux__", "-U__unix__", "-fprofile-instr-generate"];

/// Returns the profile; `None` where there is no workload.
pub fn train(language: &[String], sources: &Path, out: &Path) -> Option<PathBuf> {
    println!("cargo::rerun-if-env-changed=LIBOS_TRAINING");
    let workload = PathBuf::from(env::var_os("LIBOS_TRAINING")?);
    println!("cargo::rerun-if-changed={}", workload.display());
    // A static function is counted under its file's name: that of the file which the kernel compiles.
    let named: &[&str] = &["-Xclang", "-main-file-name", "-Xclang", "quickjs.c"];
    let jobs: [(PathBuf, &[&str]); 5] = [
        ("engine/trainer.c".into(), named),
        ("engine/libc.c".into(), &["-fno-builtin"]),
        (sources.join("libregexp.c"), &["-D__wasi__=1"]),
        (sources.join("libunicode.c"), &["-D__wasi__=1"]),
        (sources.join("dtoa.c"), &["-D__wasi__=1"]),
    ];
    let (objects, running): (Vec<PathBuf>, Vec<_>) = jobs
        .into_iter()
        .map(|(source, extra)| {
            let name = source.file_name().unwrap().to_string_lossy().into_owned();
            let object = out.join(format!("trainer-{name}.o"));
            let mut command = clang();
            command.args(language).args(HOST_FLAGS).args(extra);
            command.arg("-c").arg(source).arg("-o").arg(&object);
            (object, (command.spawn().expect("clang is installed"), name))
        })
        .unzip();
    for (mut child, name) in running {
        assert!(child.wait().expect("clang was started").success(), "clang failed on {name}");
    }
    let trainer = out.join("trainer");
    let (raw, profile) = (out.join("trainer.profraw"), out.join("trainer.profdata"));
    let mut link = clang();
    link.args(["-fprofile-instr-generate", "-no-pie", "-o"]).arg(&trainer).args(objects).arg("-lm");
    run(&mut link);
    run(Command::new(&trainer).arg(&workload).env("LLVM_PROFILE_FILE", &raw));
    run(Command::new(super::tool("LIBOS_PROFDATA", "llvm-profdata-19"))
        .args(["merge", "-o"])
        .args([&profile, &raw]));
    Some(profile)
}

fn clang() -> Command {
    Command::new(super::tool("LIBOS_CC", "clang-19"))
}

fn run(command: &mut Command) {
    let result = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let text = [result.stdout, result.stderr].concat();
    assert!(result.status.success(), "{command:?}: {}", String::from_utf8_lossy(&text));
}
