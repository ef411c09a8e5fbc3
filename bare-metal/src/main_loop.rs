//! The turn of the kernel: jobs, then `poll`, then sleep until something is ready.

use crate::arch;
use crate::engine::{Engine, JavaScript, Limits, Next, Uncaught};
use crate::heap::HEAP;
use crate::report::{exit, refuse};
use crate::say;
use crate::stamps::stamp;
use crate::start::{self, SYSTEM};

/// Kept from JavaScript on the main stack: native functions that it calls end within this.
const STACK_RESERVE: usize = 48 << 10;

/// Runs the application. It ends through `power.off`, by an error, or when nothing is left that
/// could ever call it again.
pub fn run() -> ! {
    let free = HEAP.claimed() - HEAP.used();
    let limits = Limits {
        heap_bytes: start::heap_limit().map_or(free, |limit| free.min(limit as usize)),
        stack_bytes: SYSTEM.stack_bytes.get().saturating_sub(STACK_RESERVE),
        watchdog_us: start::number_option("watchdog").map(|ms| ms.saturating_mul(1000)),
        profiled_functions: start::number_option("profile").map(|shown| shown as usize),
    };
    let mut engine = match JavaScript::start(&limits) {
        Ok(engine) => engine,
        Err(why) => refuse(format_args!("{why}")),
    };
    stamp("the engine's context");
    if let Err(why) = arch::clock::settle() {
        refuse(format_args!("{why}"));
    }
    stamp("the clock's rate");
    match turns(&mut engine) {
        Ok(()) => arch::power::off(0),
        Err(Uncaught) => {
            engine.fail();
            arch::power::fail(exit::UNCAUGHT)
        }
    }
}

fn turns(engine: &mut JavaScript) -> Result<(), Uncaught> {
    if start::option("trace") == Some("") {
        say!("libos: time is that of {}", arch::clock::source());
    }
    trace("JavaScript begins");
    let freed = start::use_program_up(|program| engine.run(program, c"app.js"))?;
    if start::heap_limit().is_none() {
        engine.grow_heap(freed);
    }
    trace("the application was evaluated");
    JavaScript::report_profile("loading");
    loop {
        engine.run_jobs()?;
        arch::interrupts::window();
        match engine.poll()? {
            Next::Again => {}
            Next::At(deadline_us) => arch::interrupts::wait(Some(deadline_us)),
            Next::WhenReady if arch::interrupts::any_source() => arch::interrupts::wait(None),
            Next::WhenReady => return Ok(()),
        }
    }
}

/// With `trace` on the command line: what is reached, when, and with how much memory.
fn trace(what: &str) {
    if start::option("trace") == Some("") {
        let used = JavaScript::heap().used / 1024;
        let limit = JavaScript::heap().limit / 1024;
        let now_us = arch::clock::now_us();
        say!("libos: {now_us} us: {what}; heap {used} of {limit} KiB");
    }
}
