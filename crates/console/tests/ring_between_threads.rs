//! The ring between two threads that do not wait for each other.

use std::thread;

use console::Ring;

#[test]
fn every_byte_arrives_once_and_in_order() {
    const BYTES: usize = 1_000_000;
    let ring = Ring::<64>::new();
    let byte = |index: usize| (index % 251) as u8;
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut next = 0;
            while next < BYTES {
                if ring.push(byte(next)) {
                    next += 1;
                } else {
                    thread::yield_now();
                }
            }
        });
        let mut next = 0;
        while next < BYTES {
            match ring.pop() {
                Some(popped) => {
                    assert_eq!(popped, byte(next), "at {next}");
                    next += 1;
                }
                None => thread::yield_now(),
            }
        }
    });
    assert!(ring.is_empty());
}
