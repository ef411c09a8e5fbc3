//! The part of `quickjs.h` that we call, by hand: QuickJS-ng 0.18.0, `JS_NAN_BOXING` off.

#![allow(non_snake_case, reason = "the names are QuickJS's")]

use core::ffi::{c_char, c_int, c_void};

#[repr(C)]
pub struct JSRuntime {
    private: [u8; 0],
}

#[repr(C)]
pub struct JSContext {
    private: [u8; 0],
}

#[repr(C)]
pub struct JSObject {
    private: [u8; 0],
}

/// A value: 64 bits of content and a tag. Those with a negative tag are counted references.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct JSValue {
    pub content: u64,
    pub tag: i64,
}

pub const TAG_STRING: i64 = -7;
pub const TAG_STRING_ROPE: i64 = -6;
pub const TAG_OBJECT: i64 = -1;
pub const TAG_INT: i64 = 0;
pub const TAG_BOOL: i64 = 1;
pub const TAG_UNDEFINED: i64 = 3;
pub const TAG_UNINITIALIZED: i64 = 4;
pub const TAG_EXCEPTION: i64 = 6;
pub const TAG_FLOAT64: i64 = 8;

pub const UNDEFINED: JSValue = JSValue { content: 0, tag: TAG_UNDEFINED };
pub const EXCEPTION: JSValue = JSValue { content: 0, tag: TAG_EXCEPTION };

pub const EVAL_TYPE_MODULE: c_int = 1;
pub const CFUNC_GENERIC_MAGIC: c_int = 1;
pub const PROP_ENUMERABLE: c_int = 1 << 2;
pub const PROP_CONFIGURABLE: c_int = 1;
pub const PROP_WRITABLE: c_int = 1 << 1;

#[repr(C)]
pub struct JSMallocFunctions {
    pub calloc: unsafe extern "C" fn(*mut c_void, usize, usize) -> *mut c_void,
    pub malloc: unsafe extern "C" fn(*mut c_void, usize) -> *mut c_void,
    pub free: unsafe extern "C" fn(*mut c_void, *mut c_void),
    pub realloc: unsafe extern "C" fn(*mut c_void, *mut c_void, usize) -> *mut c_void,
    pub usable_size: unsafe extern "C" fn(*const c_void) -> usize,
}

pub type JSCFunctionMagic =
    unsafe extern "C" fn(*mut JSContext, JSValue, c_int, *mut JSValue, c_int) -> JSValue;

unsafe extern "C" {
    pub fn JS_NewRuntime2(
        functions: *const JSMallocFunctions,
        opaque: *mut c_void,
    ) -> *mut JSRuntime;
    pub fn JS_SetMaxStackSize(runtime: *mut JSRuntime, size: usize);
    pub fn JS_SetGCThreshold(runtime: *mut JSRuntime, threshold: usize);
    pub fn JS_SetInterruptHandler(
        runtime: *mut JSRuntime,
        handler: unsafe extern "C" fn(*mut JSContext, *mut c_void) -> c_int,
        opaque: *mut c_void,
    );
    pub fn JS_SetHostPromiseRejectionTracker(
        runtime: *mut JSRuntime,
        tracker: unsafe extern "C" fn(*mut JSContext, JSValue, JSValue, bool, *mut c_void),
        opaque: *mut c_void,
    );
    pub fn libos_new_context(runtime: *mut JSRuntime) -> *mut JSContext;
    pub fn JS_Eval(
        context: *mut JSContext,
        input: *const c_char,
        length: usize,
        file: *const c_char,
        flags: c_int,
    ) -> JSValue;
    pub fn JS_ResolveModule(context: *mut JSContext, module: JSValue) -> c_int;
    pub fn JS_EvalFunction(context: *mut JSContext, function: JSValue) -> JSValue;
    pub fn JS_Call(
        context: *mut JSContext,
        function: JSValue,
        this: JSValue,
        count: c_int,
        arguments: *mut JSValue,
    ) -> JSValue;
    pub fn JS_ExecutePendingJob(runtime: *mut JSRuntime, context: *mut *mut JSContext) -> c_int;
    pub fn JS_GetException(context: *mut JSContext) -> JSValue;
    pub fn JS_GetGlobalObject(context: *mut JSContext) -> JSValue;
    pub fn JS_DefinePropertyValueStr(
        context: *mut JSContext,
        object: JSValue,
        name: *const c_char,
        value: JSValue,
        flags: c_int,
    ) -> c_int;
    pub fn JS_NewObject(context: *mut JSContext) -> JSValue;
    pub fn JS_NewCFunction2(
        context: *mut JSContext,
        function: JSCFunctionMagic,
        name: *const c_char,
        length: c_int,
        kind: c_int,
        magic: c_int,
    ) -> JSValue;
    pub fn JS_NewStringLen(context: *mut JSContext, text: *const c_char, length: usize) -> JSValue;
    pub fn JS_NewUint8ArrayCopy(
        context: *mut JSContext,
        bytes: *const u8,
        length: usize,
    ) -> JSValue;
    pub fn JS_NewUint8Array(
        context: *mut JSContext,
        bytes: *mut u8,
        length: usize,
        reallocate: *const c_void,
        opaque: *mut c_void,
        shared: bool,
    ) -> JSValue;
    pub fn JS_IsFunction(context: *mut JSContext, value: JSValue) -> bool;
    pub fn libos_bytes(object: JSValue, length: *mut usize) -> *mut u8;
    pub fn JS_ToCStringLen2(
        context: *mut JSContext,
        length: *mut usize,
        value: JSValue,
        cesu8: bool,
    ) -> *const c_char;
    pub fn JS_FreeCString(context: *mut JSContext, text: *const c_char);
    pub fn JS_DupValue(context: *mut JSContext, value: JSValue) -> JSValue;
    pub fn JS_FreeValue(context: *mut JSContext, value: JSValue);
    pub fn JS_ThrowRangeError(context: *mut JSContext, format: *const c_char, ...) -> JSValue;
    pub fn JS_ThrowTypeError(context: *mut JSContext, format: *const c_char, ...) -> JSValue;
    pub fn JS_ThrowPlainError(context: *mut JSContext, format: *const c_char, ...) -> JSValue;

    /// `engine/quickjs.c`: whether this build runs source.
    pub static libos_has_parser: bool;

    pub fn JS_RunGC(runtime: *mut JSRuntime);

    /// `engine/quickjs.c`: a string whose characters are these bytes.
    pub fn libos_latin1_string(context: *mut JSContext, bytes: *const u8, length: usize)
    -> JSValue;
    /// `engine/lazy.h`: the module in bytecode, whose bytes are the engine's from now on.
    pub fn libos_read_program(context: *mut JSContext, bytes: *mut u8, length: usize) -> JSValue;
    /// `engine/quickjs.c`: the interrupt handler is asked at the next step.
    pub fn libos_end_module(context: *mut JSContext) -> usize;
    pub fn libos_interrupt_soon(context: *mut JSContext);
    pub fn libos_spare_names(runtime: *mut JSRuntime);
    /// `engine/quickjs.c`: the calls on the stack when an object, an error, was made.
    pub fn libos_error_calls(context: *mut JSContext, error: JSValue) -> JSValue;
    /// `engine/quickjs.c`: one frame of the stack.
    pub fn libos_stack_frame(
        runtime: *mut JSRuntime,
        frame: *const c_void,
        name: *mut c_char,
        name_size: usize,
        file: *mut c_char,
        file_size: usize,
        line: *mut c_int,
    ) -> *const c_void;
    /// `engine/quickjs.c`: the name of a function and of its file.
    pub fn libos_profile_name(
        context: *mut JSContext,
        function: *mut JSObject,
        name: *mut c_char,
        name_size: usize,
        file: *mut c_char,
        file_size: usize,
    );
}
