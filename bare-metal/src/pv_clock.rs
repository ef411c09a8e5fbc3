//! The clock that KVM shares with its guest: a page that says how the time stamp counter becomes
//! nanoseconds, and one with the time of day (Linux, Documentation/virt/kvm/x86/msr.rst and
//! cpuid.rst).

/// What the hypervisor says in CPUID leaf 0x4000_0000, in EBX, ECX and EDX.
pub const SIGNATURE: &[u8; 12] = b"KVMKVMKVM\0\0\0";
/// Bit of leaf 0x4000_0001, EAX: the clock is behind the registers below.
pub const FEATURE_CLOCK_SOURCE_2: u32 = 1 << 3;
/// The register that takes the address of a `WallTime`; KVM writes it once.
pub const WALL_TIME_MSR: u32 = 0x4b56_4d00;
/// The register that takes the address of a `TimeInfo`, with bit 0 set.
pub const SYSTEM_TIME_MSR: u32 = 0x4b56_4d01;

/// `pvclock_vcpu_time_info`, as words of 32 bits: version, padding, time stamp (64 bits), system time
/// in nanoseconds (64 bits), multiplier, then shift and flags in the low two bytes.
pub type TimeInfo = [u32; 8];
/// `pvclock_wall_clock`: version, seconds, nanoseconds, at the moment when the system time was 0.
pub type WallTime = [u32; 3];

fn wide(low: u32, high: u32) -> u64 {
    u64::from(high) << 32 | u64::from(low)
}

/// Copies a page that the hypervisor may be writing: an odd version, or one that has changed, means
/// another try. `None` where it never rests.
pub fn read<const WORDS: usize>(mut word: impl FnMut(usize) -> u32) -> Option<[u32; WORDS]> {
    const TRIES: u32 = 1000;
    for _ in 0..TRIES {
        let mut copy = [0; WORDS];
        for (index, target) in copy.iter_mut().enumerate() {
            *target = word(index);
        }
        if copy[0].is_multiple_of(2) && word(0) == copy[0] {
            return Some(copy);
        }
    }
    None
}

/// Nanoseconds of system time when the counter shows `time_stamp`.
pub fn nanoseconds(info: &TimeInfo, time_stamp: u64) -> u64 {
    // A counter that is a little behind the page's own is no time before it.
    let ticks = time_stamp.saturating_sub(wide(info[2], info[3]));
    wide(info[4], info[5]).wrapping_add(scale(info, ticks) as u64)
}

fn scale(info: &TimeInfo, ticks: u64) -> u128 {
    let shift = info[7] as u8 as i8;
    let shifted = match shift {
        0.. => u128::from(ticks) << shift.min(32),
        _ => u128::from(ticks) >> shift.unsigned_abs().min(63),
    };
    (shifted * u128::from(info[6])) >> 32
}

/// How often the counter ticks in a second, or `None` for a page that says nothing.
pub fn hertz(info: &TimeInfo) -> Option<u64> {
    // Nanoseconds of 2^32 ticks: enough digits for any counter.
    let ns = scale(info, 1 << 32);
    (u128::from(1_000_000_000_u64) << 32).checked_div(ns).map(|hertz| hertz as u64)
}

/// Microseconds since 1970 at system time 0.
pub fn boot_wall_us(wall: &WallTime) -> i64 {
    i64::from(wall[1]) * 1_000_000 + i64::from(wall[2] / 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As KVM computes them for a counter of 2.4 GHz: ticks are halved (shift -1 would lose a bit, so
    /// it shifts left by 0 and multiplies by 10^9 * 2^32 / 2.4 * 10^9).
    fn info(hertz: f64, shift: i8) -> TimeInfo {
        let multiplier = 1e9 / hertz / 2f64.powi(i32::from(shift)) * 2f64.powi(32);
        assert!(multiplier < 2f64.powi(32));
        let stamp = 0x5_0000_0000_u64;
        let system = 7_000_000_000_u64;
        let halves = |value: u64| [value as u32, (value >> 32) as u32];
        let [stamp_low, stamp_high] = halves(stamp);
        let [system_low, system_high] = halves(system);
        let last = u32::from(shift as u8) | 1 << 8;
        [4, 0, stamp_low, stamp_high, system_low, system_high, multiplier as u32, last]
    }

    #[test]
    fn ticks_become_nanoseconds_for_slow_and_quick_counters() {
        for (rate, shift) in [(2.4e9, 0), (1.0e9, 1), (0.3e9, 2), (5.1e9, -2), (24e6, 6)] {
            let info = info(rate, shift);
            for seconds in [0.0, 0.001, 1.0, 86_400.0, 1e7] {
                let at = 0x5_0000_0000_u64 + (rate * seconds) as u64;
                let expected = 7e9 + seconds * 1e9;
                let error = (nanoseconds(&info, at) as f64 - expected).abs();
                assert!(error <= 10.0 + expected * 1e-8, "{rate} {shift} {seconds}: {error}");
            }
            let measured = hertz(&info).unwrap() as f64;
            assert!((measured / rate - 1.0).abs() < 1e-6, "{measured} for {rate}");
        }
    }

    #[test]
    fn a_counter_behind_the_page_is_at_its_beginning() {
        assert_eq!(nanoseconds(&info(2.4e9, 0), 0x4_ffff_ff00), 7_000_000_000);
    }

    #[test]
    fn a_page_that_is_being_written_is_read_again() {
        let mut versions = [3, 4, 6, 6, 6].into_iter().chain(core::iter::repeat(6));
        let copy: Option<WallTime> = read(|index| match index {
            0 => versions.next().unwrap(),
            _ => index as u32,
        });
        assert_eq!(copy, Some([6, 1, 2]));
        assert_eq!(read::<3>(|_| 1), None, "odd for ever");
        let mut count = 0;
        let restless: Option<WallTime> = read(|_| {
            count += 2;
            count
        });
        assert_eq!(restless, None);
    }

    #[test]
    fn nonsense_is_no_rate() {
        assert_eq!(hertz(&[0; 8]), None);
        let mut wild = [u32::MAX; 8];
        wild[7] = 0x7f;
        let _ = (hertz(&wild), nanoseconds(&wild, u64::MAX));
        wild[7] = 0x80;
        let _ = (hertz(&wild), nanoseconds(&wild, u64::MAX));
    }

    #[test]
    fn the_time_of_day_is_that_of_system_time_zero() {
        assert_eq!(boot_wall_us(&[2, 1_795_219_199, 999_999_999]), 1_795_219_199_999_999);
    }
}
