//! QuickJS-ng behind `Engine`.

mod ballast;
mod call;
mod ffi;
mod machine;
mod memory;
mod profile;
mod rejections;

use super::{Bytes, Code, Engine, HeapUse, Limits, Next, Uncaught};
use crate::arch;
use crate::one_cpu::OneCpu;
use crate::say;
use crate::stamps::stamp;
use core::cell::Cell;
use core::ffi::{CStr, c_char, c_int, c_void};
use core::ptr::{null, null_mut};
use ffi::*;

/// Frames of the JavaScript stack that a report shows.
const FRAMES_MAX: usize = 32;

/// What callbacks of the engine need.
struct State {
    runtime: Cell<*mut JSRuntime>,
    context: Cell<*mut JSContext>,
    poll: Cell<JSValue>,
    failure: Cell<JSValue>,
    uncaught: Cell<JSValue>,
    turn_start_us: Cell<u64>,
    watchdog_us: Cell<u64>,
}

static STATE: OneCpu<State> = OneCpu::new(State {
    runtime: Cell::new(null_mut()),
    context: Cell::new(null_mut()),
    poll: Cell::new(UNDEFINED),
    failure: Cell::new(UNDEFINED),
    uncaught: Cell::new(UNDEFINED),
    turn_start_us: Cell::new(0),
    watchdog_us: Cell::new(u64::MAX),
});

/// The engine; there is one, and its state is behind `STATE`.
pub struct QuickJs {
    context: *mut JSContext,
}

impl Engine for QuickJs {
    const NAME: &'static str = "quickjs-ng 0.18.0";

    fn takes_source() -> bool {
        // SAFETY: a constant.
        unsafe { libos_has_parser }
    }

    fn start(limits: &Limits) -> Result<Self, &'static str> {
        const NO_MEMORY: &str = "too little memory for the JavaScript engine";
        crate::libc::time::feed_entropy(true);
        memory::set_limit(limits.heap_bytes);
        // SAFETY: the functions follow the contract of malloc, and the table is copied.
        let runtime = unsafe { JS_NewRuntime2(&memory::FUNCTIONS, null_mut()) };
        if runtime.is_null() {
            return Err(NO_MEMORY);
        }
        STATE.runtime.set(runtime);
        STATE.watchdog_us.set(limits.watchdog_us.unwrap_or(u64::MAX));
        // SAFETY: the runtime is fresh; the callbacks have the types that it wants.
        let context = unsafe {
            JS_SetMaxStackSize(runtime, limits.stack_bytes);
            JS_SetHostPromiseRejectionTracker(runtime, rejections::track, null_mut());
            JS_SetInterruptHandler(runtime, interrupted, null_mut());
            libos_new_context(runtime)
        };
        crate::libc::time::feed_entropy(false);
        if context.is_null() {
            return Err(NO_MEMORY);
        }
        STATE.context.set(context);
        if let Some(shown) = limits.profiled_functions {
            profile::start(shown);
        }
        machine::install(context).map_err(|()| NO_MEMORY)?;
        memory::watch(runtime, context);
        memory::expect_growth(true);
        Ok(Self { context })
    }

    fn run(&mut self, program: Code, name: &CStr) -> Result<&'static mut [u8], Uncaught> {
        begin_turn();
        let mut free: &mut [u8] = &mut [];
        let promise = match program {
            // SAFETY: the source is followed by a NUL, as JS_Eval requires.
            Code::Source(source) => unsafe {
                let length = source.count_bytes();
                JS_Eval(self.context, source.as_ptr(), length, name.as_ptr(), EVAL_TYPE_MODULE)
            },
            Code::Bytecode(bytes) => {
                let (promise, rest) = self.evaluate_bytecode(bytes);
                free = rest;
                promise
            }
        };
        memory::expect_growth(false);
        // The module's promise is left alone: when it is rejected, the tracker hears of it.
        self.finish(promise).map(|_| free)
    }

    fn run_jobs(&mut self) -> Result<(), Uncaught> {
        profile::wake();
        loop {
            loop {
                let mut context = null_mut();
                // SAFETY: the runtime lives for ever.
                match unsafe { JS_ExecutePendingJob(STATE.runtime.get(), &mut context) } {
                    0 => break,
                    1.. => {}
                    _ => self.finish(EXCEPTION).map(drop)?,
                }
            }
            memory::relax();
            let Some(reason) = rejections::take() else { break };
            // Whoever deals with it may make further jobs.
            self.deal_with(reason, true)?;
        }
        profile::sleep();
        Ok(())
    }

    fn poll(&mut self) -> Result<Next, Uncaught> {
        begin_turn();
        let poll = STATE.poll.get();
        if poll.tag == TAG_UNDEFINED {
            return Ok(Next::WhenReady);
        }
        // SAFETY: `poll` is a function that `keep` holds a reference to.
        let answer = unsafe { JS_Call(self.context, poll, UNDEFINED, 0, null_mut()) };
        let deadline_us = self.finish(answer)?;
        profile::sleep();
        Ok(match call::number_of(deadline_us) {
            Some(0.0) => Next::Again,
            Some(deadline_us) if deadline_us.is_finite() => Next::At(deadline_us as u64),
            Some(_) => Next::WhenReady,
            // It threw, and the application has dealt with that.
            None => Next::Again,
        })
    }

    fn fail(&mut self) {
        // Taken first: what fails in it is reported, and does not come here again.
        let failure = STATE.failure.replace(UNDEFINED);
        if failure.tag == TAG_UNDEFINED {
            return;
        }
        begin_turn();
        memory::relax();
        // SAFETY: `failure` is a function that `keep` holds a reference to.
        let answer = unsafe { JS_Call(self.context, failure, UNDEFINED, 0, null_mut()) };
        let _ = self.finish(answer);
    }

    fn grow_heap(&mut self, bytes: usize) {
        memory::set_limit(memory::heap_use().limit + bytes);
        memory::relax();
    }

    fn report_profile(title: &str) {
        profile::report(title);
    }

    fn heap() -> HeapUse {
        memory::heap_use()
    }

    fn heap_state() -> Bytes {
        memory::state()
    }

    fn write_stack(out: &mut dyn core::fmt::Write) {
        let runtime = STATE.runtime.get();
        if runtime.is_null() {
            return;
        }
        let (mut name, mut file, mut line) = ([0u8; 64], [0u8; 64], 0);
        let mut frame: *const c_void = null();
        for depth in 0..FRAMES_MAX {
            // SAFETY: the runtime lives for ever. After a trap its list of frames may be broken;
            // the report then traps again, which ends it.
            frame = unsafe {
                libos_stack_frame(
                    runtime,
                    frame,
                    name.as_mut_ptr().cast(),
                    name.len(),
                    file.as_mut_ptr().cast(),
                    file.len(),
                    &mut line,
                )
            };
            if frame.is_null() {
                return;
            }
            // A report has nobody to tell that writing failed.
            let _ = match (depth, line) {
                (0, 0) => writeln!(out, "JavaScript stack:\n    at (native)"),
                (0, _) => writeln!(
                    out,
                    "JavaScript stack:\n    at {} ({}:{line})",
                    text(&name),
                    text(&file)
                ),
                (_, 0) => writeln!(out, "    at (native)"),
                _ => writeln!(out, "    at {} ({}:{line})", text(&name), text(&file)),
            };
        }
    }
}

/// What lies before the first NUL.
fn text(bytes: &[u8]) -> &str {
    let text = CStr::from_bytes_until_nul(bytes).unwrap_or_default();
    text.to_str().unwrap_or("?")
}

impl QuickJs {
    /// Returns the promise, and the bytes that the engine has let go of.
    fn evaluate_bytecode(&mut self, bytes: &'static mut [u8]) -> (JSValue, &'static mut [u8]) {
        let (start, length) = (bytes.as_mut_ptr(), bytes.len());
        // SAFETY: the bytes are given away for ever; the engine runs them where they are, and writes to
        // them. Bytecode is trusted: whoever made the payload could have made the kernel. That it is of
        // another version is found out by the engine. The last ones, which it says are free, it never
        // looks at again.
        unsafe {
            let module = libos_read_program(self.context, start, length);
            if module.tag == TAG_EXCEPTION || JS_ResolveModule(self.context, module) < 0 {
                return (EXCEPTION, &mut []);
            }
            stamp("bytecode read");
            let promise = JS_EvalFunction(self.context, module);
            let free = libos_end_module(self.context);
            (promise, core::slice::from_raw_parts_mut(start.add(length - free), free))
        }
    }

    /// Releases a result, or reports the exception that it stands for.
    fn finish(&mut self, result: JSValue) -> Result<JSValue, Uncaught> {
        if result.tag != TAG_EXCEPTION {
            // SAFETY: the reference is ours. Callers look at the value's tag and number only.
            unsafe { JS_FreeValue(self.context, result) };
            return Ok(result);
        }
        // SAFETY: there is an exception; it is ours from now on.
        let error = unsafe { JS_GetException(self.context) };
        self.deal_with(error, false).map(|()| UNDEFINED)
    }

    /// Asks the application about an error that nobody caught, of which the reference is ours; where
    /// it does not deal with it, the error is reported.
    fn deal_with(&mut self, error: JSValue, is_rejection: bool) -> Result<(), Uncaught> {
        // Not asked again about what happens in it.
        let handler = STATE.uncaught.replace(UNDEFINED);
        if handler.tag != TAG_UNDEFINED && error.tag != TAG_UNINITIALIZED {
            begin_turn();
            let truth = JSValue { content: u64::from(is_rejection), tag: TAG_BOOL };
            let mut arguments = [error, truth];
            // SAFETY: `handler` is a function that `keep` holds a reference to, and both arguments
            // are alive for the call.
            let answer =
                unsafe { JS_Call(self.context, handler, UNDEFINED, 2, arguments.as_mut_ptr()) };
            if answer.tag == TAG_BOOL && answer.content as u32 != 0 {
                STATE.uncaught.set(handler);
                // SAFETY: the reference is ours, and nobody looks at the error any more.
                unsafe { JS_FreeValue(self.context, error) };
                return Ok(());
            }
            self.finish(answer)?;
        }
        match is_rejection {
            true => say!("libos: a promise was rejected, and nobody handled it:"),
            false => say!("libos: an error that nobody caught:"),
        }
        Report { context: self.context, error }.print();
        Err(Uncaught)
    }
}

/// Prints an error with its stack.
struct Report {
    context: *mut JSContext,
    error: JSValue,
}

impl Report {
    fn print(&self) {
        if self.error.tag == TAG_UNINITIALIZED {
            // QuickJS has paths on which it runs out of memory and makes no error.
            say!("InternalError: out of memory");
            return;
        }
        if !self.print_value(self.error) {
            say!("  (no memory is left to describe it)");
        }
        if self.error.tag == TAG_OBJECT {
            // SAFETY: the error is alive; getters may run JavaScript, which is allowed here.
            let stack = unsafe { libos_error_calls(self.context, self.error) };
            if matches!(stack.tag, TAG_STRING | TAG_STRING_ROPE) {
                self.print_value(stack);
            }
        }
    }

    fn print_value(&self, value: JSValue) -> bool {
        // SAFETY: the value is alive; the text is given back below.
        let text = unsafe { JS_ToCStringLen2(self.context, null_mut(), value, false) };
        if text.is_null() {
            return false;
        }
        // SAFETY: not null, so it is a NUL-terminated string.
        let bytes = unsafe { CStr::from_ptr(text) }.to_bytes();
        arch::serial::write(bytes);
        if bytes.last() != Some(&b'\n') {
            arch::serial::write(b"\n");
        }
        // SAFETY: the text came from JS_ToCStringLen2.
        unsafe { JS_FreeCString(self.context, text) };
        true
    }
}

fn begin_turn() {
    profile::wake();
    STATE.turn_start_us.set(arch::clock::now_us());
}

/// Asked now and then while JavaScript runs, and soon when memory is exhausted: whether to stop it.
unsafe extern "C" fn interrupted(_: *mut JSContext, _: *mut c_void) -> c_int {
    let watchdog_us = STATE.watchdog_us.get();
    if watchdog_us != u64::MAX {
        let ran_us = arch::clock::now_us() - STATE.turn_start_us.get();
        if ran_us > watchdog_us {
            say!("libos: the watchdog ends a turn that ran for {} ms", ran_us / 1000);
            return 1;
        }
    }
    c_int::from(memory::is_exhausted())
}

/// For `printf` of the engine, which speaks only before it aborts.
#[unsafe(no_mangle)]
extern "C" fn libos_console_write(text: *const c_char, length: usize) {
    // SAFETY: `engine/libc.c` passes a buffer of its own with its length.
    arch::serial::write(unsafe { core::slice::from_raw_parts(text.cast(), length) });
}
