//! Values between QuickJS and the binding.

use super::STATE;
use super::ffi::*;
use crate::engine::{Answer, Bytes, Call, Hook, Thrown};
use core::ptr::{null, null_mut};

/// One call of a native function.
pub struct QuickJsCall {
    pub(super) context: *mut JSContext,
    pub(super) arguments: *mut JSValue,
    pub(super) count: usize,
}

impl QuickJsCall {
    #[inline]
    fn argument(&self, index: usize) -> JSValue {
        if index >= self.count {
            return UNDEFINED;
        }
        // SAFETY: QuickJS passes `count` arguments, which stay alive during the call.
        unsafe { *self.arguments.add(index) }
    }

    /// Shows the string at `index` to `look`, as the engine encodes it: UTF-8, but half a surrogate
    /// pair as three bytes. `None` where it is no string, or there is no memory.
    fn with_text<Result>(
        &self,
        index: usize,
        look: impl FnOnce(&[u8]) -> Option<Result>,
    ) -> Option<Result> {
        let value = self.argument(index);
        if !matches!(value.tag, TAG_STRING | TAG_STRING_ROPE) {
            return None;
        }
        let mut length = 0;
        // SAFETY: the value is alive for the call; the text is given back below.
        let text = unsafe { JS_ToCStringLen2(self.context, &mut length, value, false) };
        if text.is_null() {
            return None;
        }
        // SAFETY: not null, so the engine wrote `length` bytes there, NULs of the text among them.
        let result = look(unsafe { core::slice::from_raw_parts(text.cast::<u8>(), length) });
        // SAFETY: it came from JS_ToCStringLen2.
        unsafe { JS_FreeCString(self.context, text) };
        result
    }
}

/// The value as a number, if it is one.
pub(super) fn number_of(value: JSValue) -> Option<f64> {
    match value.tag {
        TAG_INT => Some(f64::from(value.content as i32)),
        TAG_FLOAT64 => Some(f64::from_bits(value.content)),
        _ => None,
    }
}

impl Call for QuickJsCall {
    fn number(&self, index: usize) -> Option<f64> {
        number_of(self.argument(index))
    }

    #[inline]
    fn natural(&self, index: usize) -> Option<u32> {
        let value = self.argument(index);
        let integer = value.content as i32;
        (value.tag == TAG_INT && integer >= 0).then_some(integer as u32)
    }

    fn bytes(&self, index: usize) -> Option<Bytes> {
        let value = self.argument(index);
        if value.tag != TAG_OBJECT {
            return None;
        }
        let mut length = 0;
        // SAFETY: the value is an object, alive for the call.
        let start = unsafe { libos_bytes(value, &mut length) };
        (!start.is_null()).then_some(Bytes { start, length })
    }

    fn text<'a>(&self, index: usize, target: &'a mut [u8]) -> Option<&'a str> {
        let length = self.with_text(index, |bytes| {
            target.get_mut(..bytes.len())?.copy_from_slice(bytes);
            Some(bytes.len())
        })?;
        core::str::from_utf8(&target[..length]).ok()
    }

    fn utf8_length(&self, index: usize) -> Option<usize> {
        self.with_text(index, |bytes| Some(core::str::from_utf8(bytes).ok()?.len()))
    }

    fn latin1(&self, index: usize, target: &mut [u8]) -> Option<usize> {
        self.with_text(index, |bytes| {
            if bytes.is_ascii() {
                target.get_mut(..bytes.len())?.copy_from_slice(bytes);
                return Some(bytes.len());
            }
            let mut written = 0;
            for character in core::str::from_utf8(bytes).ok()?.chars() {
                *target.get_mut(written)? = u8::try_from(u32::from(character)).ok()?;
                written += 1;
            }
            Some(written)
        })
    }

    fn keep(&self, index: usize, hook: Hook) -> bool {
        let value = self.argument(index);
        // SAFETY: the value is alive for the call; a second reference keeps it afterwards.
        unsafe {
            if !JS_IsFunction(self.context, value) {
                return false;
            }
            let kept = match hook {
                Hook::Poll => &STATE.poll,
                Hook::Failure => &STATE.failure,
                Hook::Uncaught => &STATE.uncaught,
            };
            let old = kept.replace(JS_DupValue(self.context, value));
            JS_FreeValue(self.context, old);
        }
        true
    }
}

/// An answer as a value; an exception where there is no memory for it.
pub(super) fn to_value(context: *mut JSContext, answer: Answer) -> JSValue {
    match answer {
        Answer::Nothing => UNDEFINED,
        Answer::Truth(truth) => JSValue { content: u64::from(truth), tag: TAG_BOOL },
        Answer::Number(number) => {
            let integer = number as i32;
            // -0 stays a float.
            if f64::from(integer) == number && (integer != 0 || number.is_sign_positive()) {
                JSValue { content: u64::from(integer as u32), tag: TAG_INT }
            } else {
                JSValue { content: number.to_bits(), tag: TAG_FLOAT64 }
            }
        }
        // SAFETY: the bytes are copied.
        Answer::Text(text) => unsafe { JS_NewStringLen(context, text.as_ptr().cast(), text.len()) },
        // SAFETY: the bytes are copied, and JavaScript did not run since they were named.
        Answer::Utf8(bytes) => unsafe {
            JS_NewStringLen(context, bytes.start.cast_const().cast(), bytes.length)
        },
        // SAFETY: as above.
        Answer::Latin1(bytes) => unsafe {
            libos_latin1_string(context, bytes.start.cast_const(), bytes.length)
        },
        // SAFETY: the bytes are copied.
        Answer::Copy(bytes) => unsafe {
            JS_NewUint8ArrayCopy(context, bytes.as_ptr(), bytes.len())
        },
        // SAFETY: the memory lives for ever, and a null function means that it is never freed.
        Answer::Shared(bytes) => unsafe {
            JS_NewUint8Array(context, bytes.start, bytes.length, null(), null_mut(), false)
        },
    }
}

/// Throws an error with its message.
pub(super) fn throw(context: *mut JSContext, thrown: Thrown) -> JSValue {
    let (message, function): (_, unsafe extern "C" fn(_, _, ...) -> _) = match thrown {
        Thrown::Range(message) => (message, JS_ThrowRangeError),
        Thrown::Type(message) => (message, JS_ThrowTypeError),
        Thrown::Plain(message) => (message, JS_ThrowPlainError),
    };
    // SAFETY: `%.*s` takes a length as `int` and a pointer to that many bytes.
    unsafe { function(context, c"%.*s".as_ptr(), message.len() as i32, message.as_ptr()) }
}
