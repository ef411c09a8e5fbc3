//! The profiler: with `profile=N` on the command line, where JavaScript's time went, function by
//! function.
//!
//! Nothing is sampled: each begin and each end of a function reads the time stamp counter, and what
//! passed since the last reading belongs to the function that was running. The profiler's own work lies
//! between two readings and is not counted. In QEMU with `-icount shift=0` one tick is one instruction,
//! and the figures are exact and the same each time.

use super::ffi::{JSContext, JSObject, libos_profile_name};
use super::text;
use crate::arch;
use crate::one_cpu::OneCpu;
use crate::say;
use alloc::boxed::Box;
use core::cell::RefCell;
use core::ffi::c_void;

/// Functions that are told apart, a power of two; those beyond are counted together.
const FUNCTIONS_MAX: usize = 2048;
/// Calls within calls that are followed; deeper ones count as part of the last.
const DEPTH_MAX: usize = 512;
/// The index of what is no function's: promise jobs, garbage collected between turns, and functions
/// beyond the table.
const OTHERS: usize = FUNCTIONS_MAX;

#[derive(Clone, Copy)]
struct Function {
    key: usize,
    /// Line and column, or the magic number of a native function.
    detail: u64,
    name: [u8; 48],
    file: [u8; 16],
    calls: u64,
    self_ticks: u64,
    /// With what it called, counted once where it called itself.
    total_ticks: u64,
    active: u32,
    entered_at: u64,
}

const NOBODY: Function = Function {
    key: 0,
    detail: 0,
    name: [0; 48],
    file: [0; 16],
    calls: 0,
    self_ticks: 0,
    total_ticks: 0,
    active: 0,
    entered_at: 0,
};

struct Profile {
    functions: Box<[Function]>,
    stack: [u16; DEPTH_MAX],
    depth: usize,
    /// Ticks that were counted.
    clock: u64,
    read_at: u64,
    shown: usize,
}

static PROFILE: OneCpu<RefCell<Option<Profile>>> = OneCpu::new(RefCell::new(None));

/// Whether the engine's calls come here at all; it is written once, before JavaScript runs.
#[unsafe(no_mangle)]
static mut libos_is_profiling: bool = false;

/// Begins; each report will show the first `shown` functions.
pub(super) fn start(shown: usize) {
    let functions = alloc::vec![NOBODY; FUNCTIONS_MAX + 1].into_boxed_slice();
    let stack = [0; DEPTH_MAX];
    let read_at = arch::clock::counter();
    *PROFILE.borrow_mut() = Some(Profile { functions, stack, depth: 0, clock: 0, read_at, shown });
    // SAFETY: one CPU, and the engine does not run yet.
    unsafe { libos_is_profiling = true };
}

impl Profile {
    fn running(&self) -> usize {
        match self.depth {
            0 => OTHERS,
            depth => usize::from(self.stack[depth.min(DEPTH_MAX) - 1]),
        }
    }

    /// What passed belongs to the function that was running.
    fn count(&mut self) {
        let ticks = arch::clock::counter().wrapping_sub(self.read_at);
        self.clock += ticks;
        let running = self.running();
        self.functions[running].self_ticks += ticks;
    }

    fn find(&mut self, key: usize, detail: u64) -> (usize, bool) {
        let hash = (key as u64 ^ detail).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
        for step in 0..FUNCTIONS_MAX {
            let index = (hash as usize + step) % FUNCTIONS_MAX;
            let function = &mut self.functions[index];
            if function.key == key && function.detail == detail {
                return (index, false);
            }
            if function.key == 0 {
                (function.key, function.detail) = (key, detail);
                return (index, true);
            }
        }
        (OTHERS, false)
    }

    fn enter(&mut self, key: usize, detail: u64, context: *mut JSContext, object: *mut JSObject) {
        let (index, is_new) = self.find(key, detail);
        let function = &mut self.functions[index];
        if is_new {
            let (name, file) = (&mut function.name, &mut function.file);
            // SAFETY: the engine passes a function that is being called, and its context; the buffers
            // are as long as they are said to be.
            unsafe {
                libos_profile_name(
                    context,
                    object,
                    name.as_mut_ptr().cast(),
                    name.len(),
                    file.as_mut_ptr().cast(),
                    file.len(),
                );
            }
        }
        function.calls += 1;
        if function.active == 0 {
            function.entered_at = self.clock;
        }
        function.active += 1;
        if self.depth < DEPTH_MAX {
            self.stack[self.depth] = index as u16;
        } else {
            function.active -= 1;
        }
        self.depth += 1;
    }

    fn leave(&mut self) {
        if self.depth > 0 && self.depth <= DEPTH_MAX {
            let index = self.running();
            let function = &mut self.functions[index];
            function.active -= 1;
            if function.active == 0 {
                function.total_ticks += self.clock - function.entered_at;
            }
        }
        self.depth = self.depth.saturating_sub(1);
    }
}

fn with(change: impl FnOnce(&mut Profile)) {
    // A trap in the profiler ends here once more: then there is no report.
    let Ok(mut profile) = PROFILE.try_borrow_mut() else { return };
    if let Some(profile) = profile.as_mut() {
        change(profile);
        profile.read_at = arch::clock::counter();
    }
}

#[unsafe(no_mangle)]
extern "C" fn libos_profile_enter(
    key: *const c_void,
    detail: u64,
    context: *mut JSContext,
    function: *mut JSObject,
) {
    with(|profile| {
        profile.count();
        profile.enter(key as usize, detail, context, function);
    });
}

#[unsafe(no_mangle)]
extern "C" fn libos_profile_leave() {
    with(|profile| {
        profile.count();
        profile.leave();
    });
}

/// A turn begins: time counts again.
pub(super) fn wake() {
    with(|_| ());
}

/// A turn ends: what follows is the kernel's time, or sleep.
pub(super) fn sleep() {
    with(Profile::count);
}

/// Prints what was counted since the last report, and counts anew.
pub(super) fn report(title: &str) {
    with(|profile| {
        profile.count();
        print(profile, title);
        profile.clock = 0;
        for function in &mut *profile.functions {
            (function.calls, function.self_ticks, function.total_ticks) = (0, 0, 0);
            function.entered_at = 0;
        }
    });
}

fn print(profile: &mut Profile, title: &str) {
    let clock = profile.clock;
    let ns = |ticks: u64| arch::clock::ticks_to_ns(ticks);
    say!("libos: profile of {title}: {} us in JavaScript and its engine", ns(clock) / 1000);
    say!("  self %     self us    total us      calls  ns/call  function");
    for function in &mut *profile.functions {
        if function.active > 0 {
            function.total_ticks += clock - function.entered_at;
        }
    }
    let mut bound = (u64::MAX, 0);
    for _ in 0..profile.shown {
        // No sort: the code of one is larger than all of this file.
        let keyed = profile.functions.iter().enumerate();
        let keyed = keyed.map(|(index, function)| ((function.self_ticks, index), function));
        let next = keyed.filter(|(key, _)| *key < bound).max_by_key(|(key, _)| *key);
        let Some((key, function)) = next.filter(|((ticks, _), _)| *ticks > 0) else { break };
        bound = key;
        let permille = function.self_ticks * 1000 / clock.max(1);
        let per_call = ns(function.self_ticks).checked_div(function.calls).unwrap_or(0);
        say!(
            "  {:>4}.{} {:>11} {:>11} {:>10} {per_call:>8}  {}",
            permille / 10,
            permille % 10,
            ns(function.self_ticks) / 1000,
            ns(function.total_ticks) / 1000,
            function.calls,
            Place(function),
        );
    }
}

/// What a line of the report calls a function.
struct Place<'a>(&'a Function);

impl core::fmt::Display for Place<'_> {
    fn fmt(&self, out: &mut core::fmt::Formatter) -> core::fmt::Result {
        let Place(function) = self;
        let name = match (function.key, text(&function.name)) {
            (0, _) => "(promise jobs and what is between)",
            (_, "") => "(anonymous)",
            (_, name) => name,
        };
        match text(&function.file) {
            "" if function.key == 0 => write!(out, "{name}"),
            "" => write!(out, "{name} (native)"),
            file => {
                let (line, column) = (function.detail >> 32, function.detail as u32);
                write!(out, "{name} ({file}:{line}:{column})")
            }
        }
    }
}
