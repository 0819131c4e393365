//! Integers of any size (`PyLongObject`).

use super::types::flags;
use crate::stack::python::cpython::Cpython;
use crate::stack::python::layout::Field;

/// Bits of each digit (`PyLong_SHIFT`); 32-bit builds, which have 15, are not read.
const DIGIT_BITS: u64 = 30;

/// The most digits of an integer that is written in decimal: 605 places.
const MOST_DIGITS: u64 = 67;

/// Where `lv_tag` of 3.12 has the count of digits (`Include/internal/pycore_long.h`).
const TAG_SIZE_SHIFT: u32 = 3;

/// The sign in `lv_tag`: 0 positive, 1 zero, 2 negative.
const TAG_SIGN: u64 = 3;
const TAG_NEGATIVE: u64 = 2;

/// An integer in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Long {
    negative: bool,
    /// How many digits it says that it has.
    digits: u64,
    /// The first, which is the lowest.
    first: u64,
}

impl Cpython<'_, '_> {
    /// The value of an `int`, or a `long` of 2.7; `None` where it is none, or 64 bits do not hold it.
    pub(in crate::stack::python) fn int_value(&self, object: u64) -> Option<i64> {
        if let Some(value) = self.old_int(object) {
            return Some(value);
        }
        if !self.has_flag(object, flags::LONG) {
            return None;
        }
        let long = self.long(object)?;
        let digits = self.digits(&long, 0, long.digits.min(3))?;
        let mut value: i128 = 0;
        for digit in digits.into_iter().rev() {
            value = value << DIGIT_BITS | i128::from(digit);
        }
        let whole = long.digits <= 3;
        let value = if long.negative { -value } else { value };
        i64::try_from(value).ok().filter(|_| whole)
    }

    /// An `int`, or a `long` of 2.7, in decimal; one of more than 605 places by its size and its highest bits. The
    /// caller knows that it is one.
    pub(super) fn int_text(&self, object: u64) -> Option<String> {
        if let Some(value) = self.old_int(object) {
            return Some(value.to_string());
        }
        let long = self.long(object)?;
        let sign = if long.negative { "-" } else { "" };
        if long.digits > MOST_DIGITS {
            return self.huge(&long, sign);
        }
        let digits = self.digits(&long, 0, long.digits)?;
        let suffix = if self.series.0 < 3 { "L" } else { "" };
        Some(format!("{sign}{}{suffix}", decimal(&digits)))
    }

    /// An `int` of 2.7.
    fn old_int(&self, object: u64) -> Option<i64> {
        let old = self.series.0 < 3 && self.has_flag(object, flags::INT);
        old.then(|| self.signed(object, Field::IntValue))?
    }

    fn long(&self, object: u64) -> Option<Long> {
        let first = self.at(object, Field::LongDigits)?;
        if self.series >= (3, 12) {
            let tag = self.word(object, Field::LongTag)?;
            return Some(Long {
                negative: tag & TAG_SIGN == TAG_NEGATIVE,
                digits: tag >> TAG_SIZE_SHIFT,
                first,
            });
        }
        let size = self.signed(object, Field::ObjectCount)?;
        Some(Long {
            negative: size < 0,
            digits: size.unsigned_abs(),
            first,
        })
    }

    /// A few digits, the lowest first.
    fn digits(&self, long: &Long, from: u64, count: u64) -> Option<Vec<u32>> {
        let digit = |place: u64| {
            let address = place.checked_mul(4)?.checked_add(long.first)?;
            let digit = self.memory.int(address)?.cast_unsigned();
            (digit >> DIGIT_BITS == 0).then_some(digit)
        };
        (from..from.checked_add(count)?).map(digit).collect()
    }

    /// `<int of 199999 bits, 0x1a2b3c4d5e...>`.
    fn huge(&self, long: &Long, sign: &str) -> Option<String> {
        let highest = self.digits(long, long.digits - 3, 3)?;
        let mut bits: u128 = 0;
        for digit in highest.into_iter().rev() {
            bits = bits << DIGIT_BITS | u128::from(digit);
        }
        let below = u128::from(long.digits - 3) * u128::from(DIGIT_BITS);
        let count = below + u128::from(u128::BITS - bits.leading_zeros());
        // Only whole places of 4 bits of the number can be written.
        let aligned = bits >> ((4 - below % 4) % 4);
        Some(format!("<int of {count} bits, {sign}{aligned:#x}...>"))
    }
}

/// Digits of 30 bits, the lowest first, in decimal.
fn decimal(digits: &[u32]) -> String {
    const PLACES: u64 = 1_000_000_000;
    let mut parts: Vec<u64> = Vec::new();
    for &digit in digits.iter().rev() {
        let mut carry = u64::from(digit);
        for part in &mut parts {
            let value = (*part << DIGIT_BITS) + carry;
            *part = value % PLACES;
            carry = value / PLACES;
        }
        while carry > 0 {
            parts.push(carry % PLACES);
            carry /= PLACES;
        }
    }
    let Some(highest) = parts.pop() else {
        return "0".to_owned();
    };
    let rest = parts.iter().rev().map(|part| format!("{part:09}"));
    highest.to_string() + &rest.collect::<String>()
}

#[cfg(test)]
mod tests {
    use crate::stack::python::objects::testing::Heap;

    fn text(heap: &Heap, int: u64) -> String {
        let text = heap.read(|python| python.int_text(int));
        text.unwrap_or_else(|| "unreadable".to_owned())
    }

    #[test]
    fn integers() {
        let mut heap = Heap::new((3, 13));
        let top = (1 << 30) - 1;
        let cases: &[(bool, &[u32], &str, Option<i64>)] = &[
            (false, &[], "0", Some(0)),
            (true, &[1], "-1", Some(-1)),
            (false, &[0, 1], "1073741824", Some(1 << 30)),
            (true, &[0, 0, 8], "-9223372036854775808", Some(i64::MIN)),
            (false, &[0, 0, 8], "9223372036854775808", None),
            (
                false,
                &[top, top, top],
                "1237940039285380274899124223",
                None,
            ),
            (false, &[0, 0, 0, 1], "1237940039285380274899124224", None),
        ];
        for &(negative, digits, expected, value) in cases {
            let int = heap.int(negative, digits);
            assert_eq!(text(&heap, int), expected);
            assert_eq!(heap.read(|python| python.int_value(int)), value);
        }
        // 2 to the power of 2040, and of 2070: places of 4 bits do not meet the digits of 30.
        let mut digits = vec![0; 69];
        digits[68] = 1;
        let huge = heap.int(true, &digits);
        let expected = "<int of 2041 bits, -0x1000000000000000...>";
        assert_eq!(text(&heap, huge), expected);
        digits.push(1);
        let huge = heap.int(false, &digits);
        let expected = "<int of 2071 bits, 0x400000010000000...>";
        assert_eq!(text(&heap, huge), expected);
        heap.set(huge + 16, u64::MAX);
        assert_eq!(text(&heap, huge), "unreadable");
    }
}
