//! Calendar time, as a real-time clock keeps it, into microseconds since the Unix epoch.

/// A reading of the PC's real-time clock, decoded to binary and 24 hours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Calendar {
    /// Four digits.
    pub year: u32,
    /// 1 to 12.
    pub month: u32,
    /// 1 to 31.
    pub day: u32,
    /// 0 to 23.
    pub hour: u32,
    /// 0 to 59.
    pub minute: u32,
    /// 0 to 60.
    pub second: u32,
}

/// Registers of an MC146818: seconds, minutes, hours, day, month, year, century, status B.
pub type RawClock = [u8; 8];

/// Decodes the registers; `None` where a field is out of its range, so that a missing clock (which
/// reads as 0xff) is not taken for a time.
pub fn decode(raw: RawClock) -> Option<Calendar> {
    let [second, minute, hour, day, month, year, century, status] = raw;
    let is_binary = status & 4 != 0;
    let is_24_hours = status & 2 != 0;
    let number = |value: u8| -> u32 {
        if is_binary {
            u32::from(value)
        } else {
            u32::from(value >> 4) * 10 + u32::from(value & 15)
        }
    };
    let mut hours = number(hour & 0x7f);
    if !is_24_hours {
        hours = hours % 12 + if hour & 0x80 != 0 { 12 } else { 0 };
    }
    let century = match number(century) {
        value @ 19..=29 => value,
        _ => 20,
    };
    let calendar = Calendar {
        year: century * 100 + number(year),
        month: number(month),
        day: number(day),
        hour: hours,
        minute: number(minute),
        second: number(second),
    };
    let fits = (1..=12).contains(&calendar.month)
        && (1..=31).contains(&calendar.day)
        && calendar.hour < 24
        && calendar.minute < 60
        && calendar.second <= 60
        && number(year) < 100;
    fits.then_some(calendar)
}

/// Microseconds since 1970-01-01T00:00:00Z in the proleptic Gregorian calendar.
pub fn to_unix_us(time: Calendar) -> i64 {
    // Years begin in March, so that the leap day is the last of its year; an era has 400 years.
    let year = i64::from(time.year) - i64::from(time.month <= 2);
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let month = (i64::from(time.month) + 9) % 12;
    let day_of_year = (153 * month + 2) / 5 + i64::from(time.day) - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    let days = era * 146_097 + day_of_era - 719_468;
    let seconds =
        i64::from(time.hour) * 3600 + i64::from(time.minute) * 60 + i64::from(time.second);
    (days * 86_400 + seconds) * 1_000_000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_instants() {
        let at = |year, month, day, hour, minute, second| {
            to_unix_us(Calendar { year, month, day, hour, minute, second }) / 1_000_000
        };
        assert_eq!(at(1970, 1, 1, 0, 0, 0), 0);
        assert_eq!(at(2000, 2, 29, 12, 0, 0), 951_825_600);
        assert_eq!(at(2000, 3, 1, 0, 0, 0), 951_868_800);
        assert_eq!(at(2026, 11, 20, 23, 59, 59), 1_795_219_199);
        assert_eq!(at(2100, 3, 1, 0, 0, 0), 4_107_542_400);
    }

    #[test]
    fn bcd_and_binary_and_twelve_hours_are_decoded() {
        let expected = Calendar { year: 2026, month: 11, day: 20, hour: 23, minute: 5, second: 9 };
        assert_eq!(decode([0x09, 0x05, 0x23, 0x20, 0x11, 0x26, 0x20, 2]), Some(expected));
        assert_eq!(decode([9, 5, 23, 20, 11, 26, 20, 6]), Some(expected));
        assert_eq!(decode([0x09, 0x05, 0x91, 0x20, 0x11, 0x26, 0x20, 0]), Some(expected));
        let midnight = decode([0, 0, 0x12, 1, 1, 0x26, 0x20, 0]).unwrap();
        assert_eq!(midnight.hour, 0);
    }

    #[test]
    fn a_clock_that_is_not_there_gives_no_time() {
        assert_eq!(decode([0xff; 8]), None);
        assert_eq!(decode([0; 8]), None);
    }
}
