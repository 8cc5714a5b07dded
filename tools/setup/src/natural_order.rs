//! Ordering of version-like names: runs of digits compare as numbers, so `6.1.0-50` comes after `6.1.0-9`.

use std::cmp::Ordering;

/// Compares two names, digit runs by value and the rest by byte.
pub(crate) fn compare(left: &str, right: &str) -> Ordering {
    let (mut left, mut right) = (left.as_bytes(), right.as_bytes());
    loop {
        match (left, right) {
            ([], []) => return Ordering::Equal,
            ([], _) => return Ordering::Less,
            (_, []) => return Ordering::Greater,
            ([a, ..], [b, ..]) if a.is_ascii_digit() && b.is_ascii_digit() => {
                let (number_a, rest_a) = take_digits(left);
                let (number_b, rest_b) = take_digits(right);
                // Without leading zeros a longer number is a greater one.
                let order = number_a.len().cmp(&number_b.len()).then(number_a.cmp(number_b));
                if order != Ordering::Equal {
                    return order;
                }
                (left, right) = (rest_a, rest_b);
            }
            ([a, rest_a @ ..], [b, rest_b @ ..]) => {
                if a != b {
                    return a.cmp(b);
                }
                (left, right) = (rest_a, rest_b);
            }
        }
    }
}

/// The leading digits without leading zeros, and what follows them.
fn take_digits(text: &[u8]) -> (&[u8], &[u8]) {
    let end = text.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    let zeros = digits.iter().take_while(|digit| **digit == b'0').count();
    (&digits[zeros..], rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digit_runs_compare_by_value() {
        assert_eq!(compare("linux-6.12.107", "linux-6.12.94"), Ordering::Greater);
        assert_eq!(compare("linux-6.1.0-9", "linux-6.1.0-50"), Ordering::Less);
    }

    #[test]
    fn leading_zeros_do_not_count() {
        assert_eq!(compare("a007", "a7"), Ordering::Equal);
    }

    #[test]
    fn a_prefix_comes_first() {
        assert_eq!(compare("6.1", "6.1.1"), Ordering::Less);
    }
}
