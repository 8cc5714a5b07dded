//! Any instruction and any value of htinst, compared with what the manuals list.
#![no_main]

#[path = "../../crates/rvinsn/tests/support/mod.rs"]
mod support;

use libfuzzer_sys::fuzz_target;
use rvinsn::{Access, Transformed, Unsupported, decode, decode_transformed};
use support::{expand, expected_of};

/// What `decode` is to say.
fn expected(instruction: u32) -> Result<Access, Unsupported> {
    if instruction & 3 == 3 {
        return expected_of(instruction);
    }
    let access = expected_of(expand(instruction as u16).ok_or(Unsupported::Other)?)?;
    Ok(Access::new(access.direction(), access.width(), access.register(), 2))
}

fuzz_target!(|input: (u32, u64)| {
    let (instruction, htinst) = input;
    assert_eq!(decode(instruction), expected(instruction), "{instruction:#010x}");
    if let Ok(Transformed::Access(access)) = decode_transformed(htinst) {
        assert!(access.register() < 32 && access.offset() < 32 && [2, 4].contains(&access.length()));
        let full = expected_of(htinst as u32 | 2).expect("a load or store");
        assert_eq!(
            (access.direction(), access.width(), access.register()),
            (full.direction(), full.width(), full.register()),
            "{htinst:#x}"
        );
    }
});
