//! The global `machine`, with the functions of `binding`.

use super::call::{self, QuickJsCall};
use super::ffi::*;
use crate::binding::{self, Functions};
use core::ffi::{CStr, c_int};

/// Defines the global `machine` with everything that `binding` offers.
pub fn install(context: *mut JSContext) -> Result<(), ()> {
    // SAFETY: all names are NUL-terminated and all values fresh; JS_DefinePropertyValueStr takes
    // over their references, and a failure of one (out of memory) is an exception like -1.
    unsafe {
        let global = JS_GetGlobalObject(context);
        let machine = JS_NewObject(context);
        for constant in binding::constants() {
            define(context, machine, constant.name, call::to_value(context, constant.value))?;
        }
        let mut group = (c"", machine);
        for (index, function) in Functions::<QuickJsCall>::ALL.iter().enumerate() {
            if function.group != group.0 {
                group = (function.group, JS_NewObject(context));
                define(context, machine, function.group, JS_DupValue(context, group.1))?;
            }
            let value = JS_NewCFunction2(
                context,
                dispatch,
                function.name.as_ptr(),
                c_int::from(function.parameters),
                CFUNC_GENERIC_MAGIC,
                index as c_int,
            );
            define(context, group.1, function.name, value)?;
        }
        JS_DefinePropertyValueStr(
            context,
            global,
            c"machine".as_ptr(),
            machine,
            PROP_CONFIGURABLE | PROP_WRITABLE,
        );
        JS_FreeValue(context, global);
    }
    Ok(())
}

/// Defines a property that can be read and listed.
///
/// # Safety
/// The context and the object are alive, and the value's reference is the caller's, who gives it away.
unsafe fn define(
    context: *mut JSContext,
    object: JSValue,
    name: &CStr,
    value: JSValue,
) -> Result<(), ()> {
    if value.tag == TAG_EXCEPTION {
        return Err(());
    }
    // SAFETY: the caller's promise.
    match unsafe {
        JS_DefinePropertyValueStr(context, object, name.as_ptr(), value, PROP_ENUMERABLE)
    } {
        0.. => Ok(()),
        _ => Err(()),
    }
}

/// All native functions enter here; `magic` is the index into `Functions::ALL`.
unsafe extern "C" fn dispatch(
    context: *mut JSContext,
    _this: JSValue,
    count: c_int,
    arguments: *mut JSValue,
    magic: c_int,
) -> JSValue {
    let call = QuickJsCall { context, arguments, count: count as usize };
    match (Functions::<QuickJsCall>::ALL[magic as usize].call)(&call) {
        Ok(answer) => call::to_value(context, answer),
        Err(thrown) => call::throw(context, thrown),
    }
}
