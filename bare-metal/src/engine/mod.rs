//! The JavaScript engine behind one interface, so that another one can take its place.

mod quickjs;

use crate::report::Serial;
use core::ffi::CStr;

/// The engine of this build.
pub type JavaScript = quickjs::QuickJs;

/// What an engine runs.
pub enum Code<'a> {
    /// An ECMAScript module, until it was evaluated.
    Source(&'a CStr),
    /// The same, compiled for exactly this engine, and its own for ever: it may run in place. It is
    /// trusted as the kernel itself is.
    Bytecode(&'static mut [u8]),
}

/// What an engine may use.
pub struct Limits {
    /// Bytes of heap, everything counted.
    pub heap_bytes: usize,
    /// Bytes of the current stack, from where `start` is called downwards.
    pub stack_bytes: usize,
    /// The longest that one turn may run, in microseconds; `None`: without end.
    pub watchdog_us: Option<u64>,
    /// Profile, and show so many functions; `None`: do not.
    pub profiled_functions: Option<usize>,
}

/// Bytes of JavaScript's heap.
pub struct HeapUse {
    /// In use.
    pub used: usize,
    /// In use at the most.
    pub limit: usize,
}

/// An error that no JavaScript caught. It was reported on the console.
pub struct Uncaught;

/// When `poll` wants to be called again.
pub enum Next {
    /// At once, after the promise reactions.
    Again,
    /// When a source is ready, or at this microsecond since boot.
    At(u64),
    /// When a source is ready.
    WhenReady,
}

/// What the kernel calls a function of JavaScript for.
#[derive(Clone, Copy)]
pub enum Hook {
    /// `Engine::poll`.
    Poll,
    /// `Engine::fail`.
    Failure,
    /// Asked whether an error that nobody caught is dealt with.
    Uncaught,
}

/// A JavaScript engine with the global `machine` (`binding`).
pub trait Engine: Sized {
    /// The engine's name and version, as `Platform.engine` gives it.
    const NAME: &'static str;

    /// Whether it runs source; otherwise, bytecode only.
    fn takes_source() -> bool;

    /// Makes the heap and the global objects. Entropy is fed before, where the machine has any.
    fn start(limits: &Limits) -> Result<Self, &'static str>;

    /// Evaluates a module. Out of memory and stack overflow are errors that JavaScript can catch.
    /// `name` is what stack traces call a source; bytecode has its name in it. Returns the part of
    /// bytecode that is no longer needed.
    fn run(&mut self, program: Code, name: &CStr) -> Result<&'static mut [u8], Uncaught>;

    /// Runs promise reactions until none is left. A rejection that is unhandled then is an error.
    fn run_jobs(&mut self) -> Result<(), Uncaught>;

    /// Calls the function that was given to `machine.onPoll`.
    fn poll(&mut self) -> Result<Next, Uncaught>;

    /// Calls the function that was given to `machine.onFailure`, once: an error that nobody caught
    /// was reported, and what must not be lost is written out before the end.
    fn fail(&mut self);

    /// The heap may use this many bytes more than `Limits` said.
    fn grow_heap(&mut self, bytes: usize);

    /// Prints where time went since the last report, where `Limits` asked for it.
    fn report_profile(title: &str);

    /// How much of its heap is in use.
    fn heap() -> HeapUse;

    /// What JavaScript's work and a full heap tell each other: two bytes (`Hal.heapState`).
    fn heap_state() -> Bytes;

    /// Writes the JavaScript stack, innermost first, one line each, without allocating and without
    /// running JavaScript: it is called in traps, when the engine may be in the middle of anything.
    fn write_stack(out: &mut dyn core::fmt::Write);
}

/// Writes the JavaScript stack to the console.
pub fn say_stack() {
    JavaScript::write_stack(&mut Serial);
}

/// A native function's view of its call: arguments in, and memory that they name.
pub trait Call {
    /// The number at `index`; `None` where the argument is missing or no number.
    fn number(&self, index: usize) -> Option<f64>;

    /// The memory of the `Uint8Array` (or another typed array, or an `ArrayBuffer`) at `index`. It
    /// is valid until JavaScript runs again; two arguments may share memory.
    fn bytes(&self, index: usize) -> Option<Bytes>;

    /// Copies the string at `index` into `target`, as UTF-8; `None` where it is no string or does
    /// not fit.
    fn text<'a>(&self, index: usize, target: &'a mut [u8]) -> Option<&'a str>;

    /// The bytes of the string at `index` as UTF-8; `None` where it is no string, or has half a
    /// surrogate pair.
    fn utf8_length(&self, index: usize) -> Option<usize>;

    /// Copies the string at `index` into `target`, one byte for each character, and returns how
    /// many; `None` where it is no string, does not fit, or has a character beyond U+00FF.
    fn latin1(&self, index: usize, target: &mut [u8]) -> Option<usize>;

    /// Keeps the function at `index`, in place of the one before; false where it is none.
    fn keep(&self, index: usize, hook: Hook) -> bool;

    /// The number at `index` if the engine holds it as an integer that is not negative: nearly all
    /// arguments are, and this is much quicker than going through `number`.
    fn natural(&self, index: usize) -> Option<u32>;

    /// The integer at `index`, `0 ..= max`.
    #[inline]
    fn integer(&self, index: usize, max: u64) -> Result<u64, Thrown> {
        match self.natural(index) {
            Some(value) if u64::from(value) <= max => Ok(u64::from(value)),
            _ => integer_of(self.number(index), max),
        }
    }
}

#[cold]
fn integer_of(number: Option<f64>, max: u64) -> Result<u64, Thrown> {
    // 2^53 and beyond are no exact integers in a JavaScript number.
    const EXACT_MAX: f64 = 9_007_199_254_740_991.0;
    match number {
        Some(value) if (0.0..=EXACT_MAX).contains(&value) && value as u64 <= max => {
            let integer = value as u64;
            if integer as f64 == value { Ok(integer) } else { Err(Thrown::Range("not an integer")) }
        }
        Some(_) => Err(Thrown::Range("a number is out of its range")),
        None => Err(Thrown::Type("expected a number")),
    }
}

/// Memory that JavaScript owns.
#[derive(Clone, Copy)]
pub struct Bytes {
    /// The first byte.
    pub start: *mut u8,
    /// How many.
    pub length: usize,
}

/// What a native function returns.
pub enum Answer {
    /// `undefined`.
    Nothing,
    /// A number.
    Number(f64),
    /// `true` or `false`.
    Truth(bool),
    /// A string.
    Text(&'static str),
    /// A string of these bytes, which are UTF-8.
    Utf8(Bytes),
    /// A string whose characters are these bytes.
    Latin1(Bytes),
    /// A `Uint8Array` with a copy.
    Copy(&'static [u8]),
    /// A `Uint8Array` over memory that lives for ever.
    Shared(Bytes),
}

impl From<u32> for Answer {
    fn from(value: u32) -> Self {
        Answer::Number(f64::from(value))
    }
}

/// What a native function throws.
pub enum Thrown {
    /// A `RangeError`.
    Range(&'static str),
    /// A `TypeError`.
    Type(&'static str),
    /// An `Error`.
    Plain(&'static str),
}

/// How a native function ends.
pub type Outcome = Result<Answer, Thrown>;
