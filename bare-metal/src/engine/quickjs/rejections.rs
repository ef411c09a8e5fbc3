//! Promises that were rejected while nobody handled them. One that is still unhandled when no job
//! is left ends the application, as in Node.

use super::ffi::{JS_DupValue, JS_FreeValue, JSContext, JSValue};
use crate::one_cpu::OneCpu;
use core::cell::RefCell;
use core::ffi::c_void;

/// Further ones are not remembered: the first alone is reported anyway.
const REMEMBERED_MAX: usize = 16;

/// A promise, by identity, and its reason, with a reference.
type Rejection = (u64, JSValue);

static REJECTIONS: OneCpu<RefCell<[Option<Rejection>; REMEMBERED_MAX]>> =
    OneCpu::new(RefCell::new([None; REMEMBERED_MAX]));

/// QuickJS tells of a rejection without a handler, and later of a handler that came after all.
pub(super) unsafe extern "C" fn track(
    context: *mut JSContext,
    promise: JSValue,
    reason: JSValue,
    is_handled: bool,
    _: *mut c_void,
) {
    let mut all = REJECTIONS.borrow_mut();
    if !is_handled {
        if let Some(free) = all.iter_mut().find(|slot| slot.is_none()) {
            // SAFETY: the reason is alive; the reference keeps it until it is taken.
            *free = Some((promise.content, unsafe { JS_DupValue(context, reason) }));
        }
        return;
    }
    for slot in all.iter_mut() {
        if let Some((_, reason)) = slot.take_if(|(identity, _)| *identity == promise.content) {
            // SAFETY: the reference was taken above.
            unsafe { JS_FreeValue(context, reason) };
        }
    }
}

/// The first rejection that is unhandled now.
pub(super) fn take() -> Option<JSValue> {
    let mut all = REJECTIONS.borrow_mut();
    all.iter_mut().find_map(Option::take).map(|(_, reason)| reason)
}
