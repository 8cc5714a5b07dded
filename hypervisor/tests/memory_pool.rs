//! The page pool: what is handed out is aligned, zeroed, disjoint and inside.

use std::alloc::{Layout, alloc};
use std::sync::Mutex;

use addr::{HypVirt, PAGE_SIZE};
use hypervisor::memory::pool::{OutOfMemory, Pool};

/// Large enough an alignment for every test's request.
const ALIGN: u64 = 16 * PAGE_SIZE;

/// Memory that is never freed, in the sight of leak detectors.
static KEPT: Mutex<Vec<usize>> = Mutex::new(Vec::new());

/// A pool of `pages` pages of host memory that is never freed, filled with something other than zero.
fn pool(pages: u64) -> (Pool, HypVirt) {
    let size = pages * PAGE_SIZE;
    let layout = Layout::from_size_align(size as usize, ALIGN as usize).unwrap();
    // SAFETY: the layout is not empty.
    let start = unsafe { alloc(layout) };
    assert!(!start.is_null());
    KEPT.lock().unwrap().push(start as usize);
    // SAFETY: just allocated with this size.
    unsafe { start.write_bytes(0xa5, size as usize) };
    let start = HypVirt::new(start as u64);
    // SAFETY: the memory is this pool's alone and is never freed.
    (unsafe { Pool::new(start, start.checked_add(size).unwrap()) }, start)
}

#[test]
fn pages_are_zeroed() {
    let (mut pool, _) = pool(2);
    let page = pool.pages(1, PAGE_SIZE).unwrap();
    // SAFETY: the pool handed this page out, and it is initialised.
    let bytes = unsafe { std::slice::from_raw_parts(page.raw() as *const u8, PAGE_SIZE as usize) };
    assert!(bytes.iter().all(|byte| *byte == 0));
}

#[test]
fn pages_after_a_small_value_are_aligned_as_asked() {
    let (mut pool, start) = pool(8);
    pool.place(1u8).unwrap();
    assert_eq!(pool.pages(1, 4 * PAGE_SIZE), Ok(start.checked_add(4 * PAGE_SIZE).unwrap()));
}

#[test]
fn an_alignment_below_a_page_is_a_page() {
    let (mut pool, start) = pool(2);
    pool.place(1u8).unwrap();
    assert_eq!(pool.pages(1, 1), Ok(start.checked_add(PAGE_SIZE).unwrap()));
}

#[test]
fn the_last_page_is_handed_out_and_no_more() {
    let (mut pool, _) = pool(2);
    assert!(pool.pages(2, PAGE_SIZE).is_ok());
    assert_eq!(pool.pages(1, PAGE_SIZE), Err(OutOfMemory));
}

#[test]
fn a_refused_request_takes_nothing() {
    let (mut pool, start) = pool(2);
    assert_eq!(pool.pages(3, PAGE_SIZE), Err(OutOfMemory));
    assert_eq!(pool.used(), 0);
    assert_eq!(pool.pages(2, PAGE_SIZE), Ok(start));
}

#[test]
fn a_request_whose_size_wraps_is_refused() {
    let (mut pool, _) = pool(1);
    assert_eq!(pool.pages(usize::MAX, PAGE_SIZE), Err(OutOfMemory));
    assert_eq!(pool.reserve::<u64>(usize::MAX).map(|_| ()), Err(OutOfMemory));
}

#[test]
fn placed_values_are_aligned_for_their_type() {
    let (mut pool, _) = pool(1);
    let first = pool.place(1u8).unwrap();
    let second = pool.place(2u64).unwrap();
    assert_eq!((std::ptr::from_ref(second) as usize) % align_of::<u64>(), 0);
    assert_eq!((*first, *second), (1, 2));
}

#[test]
fn a_room_takes_as_many_values_as_it_has_places() {
    let (mut pool, _) = pool(1);
    let mut room = pool.reserve::<u32>(2).unwrap();
    let other = pool.place(9u32).unwrap();
    assert_eq!((room.push(1), room.push(2), room.push(3)), (Ok(()), Ok(()), Err(OutOfMemory)));
    assert_eq!(room.finish(), [1, 2]);
    assert_eq!(*other, 9);
}

#[test]
fn a_room_hands_out_only_what_was_put_in() {
    let (mut pool, _) = pool(1);
    let mut room = pool.reserve::<u32>(4).unwrap();
    room.push(7).unwrap();
    assert_eq!(room.finish(), [7]);
}
