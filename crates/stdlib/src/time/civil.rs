//! The calendar: seconds since 1970 to year, month, day and back, without zones.
//!
//! The proleptic Gregorian calendar, counted in days from 1970-01-01. Years begin in March inside the arithmetic, so that
//! the leap day is their last and month lengths follow one formula.

/// Seconds of a day.
pub(crate) const DAY: i64 = 86_400;
/// Instants that the library works with lie within this many seconds of 1970: about a million years.
pub(crate) const SECONDS_MAX: i64 = 31_000_000_000_000;

/// English names of the months.
pub(crate) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
/// English names of the days of the week, from Sunday on.
pub(crate) const WEEKDAYS: [&str; 7] =
    ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// A civil time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Civil {
    pub(crate) year: i64,
    /// 1 to 12.
    pub(crate) month: u32,
    /// 1 to 31.
    pub(crate) day: u32,
    pub(crate) hour: u32,
    pub(crate) min: u32,
    pub(crate) sec: u32,
    /// 0 = Sunday.
    pub(crate) weekday: u32,
    /// 1 to 366.
    pub(crate) yearday: u32,
}

/// Days from 1970-01-01 to the first of a month.
fn days_to_month(year: i128, month: i128) -> i128 {
    // Months outside 1 ..= 12 carry into the year.
    let months = year * 12 + (month - 1);
    let (year, month) = (months.div_euclid(12), months.rem_euclid(12) + 1);
    let (year, month_from_march) = if month <= 2 { (year - 1, month + 9) } else { (year, month - 3) };
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let day_of_year = (153 * month_from_march + 2) / 5;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// Seconds since 1970 of a civil time whose parts may be out of their ranges and carry over. `None`: too far away.
pub(crate) fn seconds_of(year: i64, month: i64, day: i64, hour: i64, min: i64, sec: i64) -> Option<i64> {
    let days = days_to_month(year as i128, month as i128) + day as i128 - 1;
    let seconds = days * DAY as i128 + hour as i128 * 3600 + min as i128 * 60 + sec as i128;
    i64::try_from(seconds).ok().filter(|s| s.abs() <= SECONDS_MAX)
}

/// The civil time at a number of seconds since 1970.
pub(crate) fn civil_of(seconds: i64) -> Civil {
    let (days, second_of_day) = (seconds.div_euclid(DAY), seconds.rem_euclid(DAY) as u32);
    let from_march = days + 719_468;
    let (era, day_of_era) = (from_march.div_euclid(146_097), from_march.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = (day_of_year - (153 * month_from_march + 2) / 5 + 1) as u32;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 } as u32;
    let year = year_of_era + era * 400 + (month <= 2) as i64;
    Civil {
        year,
        month,
        day,
        hour: second_of_day / 3600,
        min: second_of_day / 60 % 60,
        sec: second_of_day % 60,
        weekday: (days + 4).rem_euclid(7) as u32,
        yearday: (days - days_to_month(year as i128, 1) as i64 + 1) as u32,
    }
}

/// Days of a month.
pub(crate) fn days_in_month(year: i64, month: u32) -> u32 {
    (days_to_month(year as i128, month as i128 + 1) - days_to_month(year as i128, month as i128)) as u32
}

/// The ISO 8601 week: year and number.
pub(crate) fn iso_week(c: &Civil) -> (i64, u32) {
    let weekday_from_monday = (c.weekday + 6) % 7;
    // The week belongs to the year of its Thursday.
    let thursday = c.yearday as i64 - 1 + 3 - weekday_from_monday as i64;
    let length =
        |year: i64| days_to_month(year as i128 + 1, 1) as i64 - days_to_month(year as i128, 1) as i64;
    if thursday < 0 {
        let year = c.year - 1;
        (year, ((thursday + length(year)) / 7 + 1) as u32)
    } else if thursday >= length(c.year) {
        (c.year + 1, 1)
    } else {
        (c.year, (thursday / 7 + 1) as u32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_days() {
        let at = |s| {
            let c = civil_of(s);
            (c.year, c.month, c.day, c.hour, c.min, c.sec, c.weekday, c.yearday)
        };
        assert_eq!(at(0), (1970, 1, 1, 0, 0, 0, 4, 1));
        assert_eq!(at(-1), (1969, 12, 31, 23, 59, 59, 3, 365));
        assert_eq!(at(951_782_400), (2000, 2, 29, 0, 0, 0, 2, 60));
        assert_eq!(at(1_709_251_199), (2024, 2, 29, 23, 59, 59, 4, 60));
        assert_eq!(at(-62_135_596_800), (1, 1, 1, 0, 0, 0, 1, 1));
        assert_eq!(at(-62_135_596_801).0, 0);
    }

    #[test]
    fn there_and_back() {
        for step in 0..20_000i64 {
            let s = step * 7_777_777_777 % SECONDS_MAX * if step % 2 == 0 { 1 } else { -1 };
            let c = civil_of(s);
            let back =
                seconds_of(c.year, c.month as i64, c.day as i64, c.hour as i64, c.min as i64, c.sec as i64);
            assert_eq!(back, Some(s));
            assert!((1..=days_in_month(c.year, c.month)).contains(&c.day));
        }
    }

    #[test]
    fn parts_carry_over() {
        assert_eq!(seconds_of(2023, 2, 30, 0, 0, 0), seconds_of(2023, 3, 2, 0, 0, 0));
        assert_eq!(seconds_of(2023, 14, 1, 0, 0, 0), seconds_of(2024, 2, 1, 0, 0, 0));
        assert_eq!(seconds_of(2023, 0, 1, 0, 0, 0), seconds_of(2022, 12, 1, 0, 0, 0));
        assert_eq!(seconds_of(2023, 1, 1, -1, 0, 0), seconds_of(2022, 12, 31, 23, 0, 0));
        assert_eq!(seconds_of(2023, 1, 1, 0, 90, -60), seconds_of(2023, 1, 1, 1, 29, 0));
        assert_eq!(seconds_of(i64::MAX, 1, 1, 0, 0, 0), None);
        assert_eq!(seconds_of(2023, i64::MIN, i64::MIN, i64::MIN, i64::MIN, i64::MIN), None);
    }

    #[test]
    fn weeks() {
        let week = |y, m, d| iso_week(&civil_of(seconds_of(y, m, d, 0, 0, 0).unwrap()));
        assert_eq!(week(2021, 1, 1), (2020, 53));
        assert_eq!(week(2021, 1, 4), (2021, 1));
        assert_eq!(week(2019, 12, 30), (2020, 1));
        assert_eq!(week(2020, 12, 31), (2020, 53));
        assert_eq!(week(2024, 6, 15), (2024, 24));
    }
}
