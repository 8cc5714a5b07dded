//! Licence expressions (SPDX): `A OR B`, `A AND B`, `(A OR B) AND C`, `A WITH exception`, and cargo's former
//! `A/B` for `A OR B`.

/// Licences that ask for no more than being named along with the program.
const ALLOWED: [&str; 12] = [
    "0BSD",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "ISC",
    "MIT",
    "NCSA",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// Whether an expression can be satisfied with licences of the list. What cannot be read is not allowed.
pub(crate) fn allowed(expression: &str) -> bool {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut rest = words.as_slice();
    any(&mut rest) == Some(true) && rest.is_empty()
}

/// Alternatives: `all (OR all)*`.
fn any(words: &mut &[&str]) -> Option<bool> {
    let mut value = all(words)?;
    while let ["OR", rest @ ..] = *words {
        *words = rest;
        value |= all(words)?;
    }
    Some(value)
}

/// Demands: `one (AND one)*`.
fn all(words: &mut &[&str]) -> Option<bool> {
    let mut value = one(words)?;
    while let ["AND", rest @ ..] = *words {
        *words = rest;
        value &= one(words)?;
    }
    Some(value)
}

/// A licence, with an exception (which only ever permits more) or without, or a group.
fn one(words: &mut &[&str]) -> Option<bool> {
    match *words {
        ["(", rest @ ..] => {
            *words = rest;
            let value = any(words)?;
            *words = words.strip_prefix(&[")"])?;
            Some(value)
        }
        [name, "WITH", _, rest @ ..] | [name, rest @ ..] => {
            *words = rest;
            Some(ALLOWED.contains(name))
        }
        [] => None,
    }
}

#[cfg(test)]
mod tests {
    use super::allowed;

    #[test]
    fn one_allowed_alternative_is_enough() {
        assert!(allowed("GPL-2.0 OR MIT"));
        assert!(allowed("Unlicense/GPL-2.0"));
    }

    #[test]
    fn every_demand_must_be_allowed() {
        assert!(allowed("(MIT OR Apache-2.0) AND Unicode-3.0"));
        assert!(!allowed("(MIT OR Apache-2.0) AND GPL-3.0"));
    }

    #[test]
    fn an_exception_does_not_forbid() {
        assert!(allowed("Apache-2.0 WITH LLVM-exception OR GPL-2.0"));
    }

    #[test]
    fn what_cannot_be_read_is_not_allowed() {
        for expression in ["", "MIT OR", "(MIT", "MIT)", "MIT MIT", "OR"] {
            assert!(!allowed(expression), "{expression}");
        }
    }
}
