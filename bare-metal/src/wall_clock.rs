//! The time of day from a real-time clock that shows whole seconds.
//!
//! A reading of `S` seconds says that the time is at least S and below S + 1: so each one bounds how
//! far the wall clock is ahead of ours, and the bounds of all readings together are narrow. Nobody
//! waits for the edge of a second, and nothing wakes up for it: the clock is read when somebody asks
//! for the time, and only where the answer narrows the bounds. They widen again as both clocks drift.

/// The bounds widen by so many parts in a million: our rate is known to 0.1 %.
const DRIFT_PPM: u64 = 1000;
/// A reading takes some microseconds: not more often than this.
const PAUSE_US: u64 = 5000;
const SECOND_US: i64 = 1_000_000;

/// How far the wall clock is ahead of the machine's own, in microseconds.
#[derive(Clone, Copy)]
pub struct WallClock {
    low_us: i64,
    high_us: i64,
    /// When the bounds were set.
    at_us: u64,
    /// The estimate, always within the bounds.
    ahead_us: i64,
    next_us: u64,
}

impl WallClock {
    /// A clock that shows the time since the start, for machines without one.
    pub const fn unknown() -> Self {
        Self { low_us: 0, high_us: 0, at_us: 0, ahead_us: 0, next_us: u64::MAX }
    }

    /// A clock that is known exactly.
    pub const fn exact(ahead_us: i64) -> Self {
        Self { low_us: ahead_us, high_us: ahead_us, at_us: 0, ahead_us, next_us: u64::MAX }
    }

    /// A clock after its first reading, as `observe`.
    pub fn first(second: i64, before_us: u64, after_us: u64) -> Self {
        let (low_us, high_us) = bounds(second, before_us, after_us);
        let ahead_us = low_us.midpoint(high_us);
        Self { low_us, high_us, at_us: after_us, ahead_us, next_us: after_us + PAUSE_US }
    }

    /// Microseconds since 1970 at `now_us`.
    pub fn now(&self, now_us: u64) -> i64 {
        now_us as i64 + self.ahead_us
    }

    /// Whether a reading now would tell something.
    pub fn is_due(&self, now_us: u64) -> bool {
        if now_us < self.next_us {
            return false;
        }
        // Where both bounds are in one second, that is what the clock shows.
        let (low_us, high_us) = self.widened(now_us);
        let second = |ahead_us: i64| (now_us as i64 + ahead_us).div_euclid(SECOND_US);
        second(low_us) != second(high_us)
    }

    /// Takes a reading of `second` seconds since 1970, made between two moments of our clock. One that
    /// contradicts the earlier ones means that the clock was set: then it counts alone.
    pub fn observe(&mut self, second: i64, before_us: u64, after_us: u64) {
        let (low_us, high_us) = self.widened(after_us);
        let (least_us, most_us) = bounds(second, before_us, after_us);
        let (low_us, high_us) = match (low_us.max(least_us), high_us.min(most_us)) {
            (low_us, high_us) if low_us <= high_us => (low_us, high_us),
            _ => (least_us, most_us),
        };
        (self.low_us, self.high_us, self.at_us) = (low_us, high_us, after_us);
        // As little as needed: the wall clock shall not jump about.
        self.ahead_us = self.ahead_us.clamp(low_us, high_us);
        self.postpone(after_us);
    }

    /// No reading was possible just now.
    pub fn postpone(&mut self, now_us: u64) {
        self.next_us = now_us + PAUSE_US;
    }

    fn widened(&self, now_us: u64) -> (i64, i64) {
        let drift_us = (now_us.saturating_sub(self.at_us) * DRIFT_PPM / 1_000_000) as i64;
        (self.low_us - drift_us, self.high_us + drift_us)
    }
}

fn bounds(second: i64, before_us: u64, after_us: u64) -> (i64, i64) {
    let second_us = second * SECOND_US;
    (second_us - after_us as i64, second_us + SECOND_US - before_us as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: i64 = 1_795_219_199;

    /// A clock beside ours: ahead by so much, and quicker by so many parts in a million.
    struct Real {
        ahead_us: i64,
        ppm: i64,
    }

    impl Real {
        fn wall(&self, now_us: u64) -> i64 {
            now_us as i64 + self.ahead_us + now_us as i64 * self.ppm / 1_000_000
        }

        fn read(&self, now_us: u64) -> i64 {
            self.wall(now_us).div_euclid(SECOND_US)
        }

        /// Looks every `step_us` until `end_us`; returns the readings made and the worst error after
        /// `settle_us`.
        fn follow(&self, step_us: u64, settle_us: u64, end_us: u64) -> (u32, i64) {
            let mut clock = WallClock::first(self.read(0), 0, 20);
            let (mut readings, mut worst) = (0, 0);
            let mut now_us = 100;
            while now_us < end_us {
                if clock.is_due(now_us) {
                    clock.observe(self.read(now_us), now_us, now_us + 20);
                    readings += 1;
                }
                if now_us >= settle_us {
                    worst = worst.max((clock.now(now_us) - self.wall(now_us)).abs());
                }
                now_us += step_us;
            }
            (readings, worst)
        }
    }

    #[test]
    fn the_first_reading_is_right_to_half_a_second() {
        for part_us in [0, 1, 499_999, 500_000, 999_999] {
            let real = Real { ahead_us: START * SECOND_US + part_us, ppm: 0 };
            let clock = WallClock::first(real.read(0), 0, 10);
            assert!((clock.now(0) - real.wall(0)).abs() <= 500_010, "{part_us}");
        }
    }

    #[test]
    fn whoever_asks_often_gets_the_time_to_milliseconds_by_few_readings() {
        for part_us in [1, 123_456, 876_543] {
            let real = Real { ahead_us: START * SECOND_US + part_us, ppm: 0 };
            let (readings, worst) = real.follow(1000, 3_000_000, 10_000_000);
            assert!(worst <= 12_000, "{worst} us");
            assert!(readings < 300, "{readings} readings in 10 s");
        }
    }

    #[test]
    fn a_clock_of_another_rate_is_followed_for_hours() {
        for ppm in [-900, -40, 0, 40, 900] {
            let real = Real { ahead_us: START * SECOND_US + 400_000, ppm };
            let (readings, worst) = real.follow(100_700, 60_000_000, 4 * 3_600_000_000);
            assert!(worst <= 250_000, "{ppm} ppm: {worst} us");
            assert!(readings < 40_000, "{ppm} ppm: {readings} readings in 4 h");
        }
    }

    #[test]
    fn a_clock_that_was_set_is_believed() {
        let mut clock = WallClock::first(START, 0, 10);
        clock.observe(START + 3600, 10_000_000, 10_000_010);
        let error = clock.now(10_000_000) - (START + 3600) * SECOND_US;
        assert!((-10..=SECOND_US).contains(&error), "{error}");
    }

    #[test]
    fn clocks_that_are_exact_or_absent_are_not_read() {
        assert!(!WallClock::exact(5).is_due(u64::MAX - 1));
        assert_eq!(WallClock::exact(5).now(10), 15);
        assert!(!WallClock::unknown().is_due(1 << 40));
    }
}
