//! Runs scenarios, two at a time, and reports.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::ChildStdout;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Instant;

use bulkhead::Failure;
use bulkhead::machine::{Input, Machine};
use bulkhead::partition::{Bootable, Partition};
use setup::Setup;

use crate::board::Board;
use crate::scenario::{Fault, Source, Test};
use crate::stage::Stage;
use crate::{monitor, own_tree};

/// How many tests run at the same time: those that count instructions keep one CPU of the host busy, and so do machines
/// whose guests wait for each other.
const WORKERS: usize = 2;

/// Runs every test, prints one line each and a summary last; whether all passed.
pub fn run(setup: &Setup, tests: &[Test<'_>]) -> bool {
    let (next, failed) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                while let Some(test) = tests.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if !run_one(setup, *test) {
                        failed.lock().unwrap_or_else(PoisonError::into_inner).push(test.name());
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().unwrap_or_else(PoisonError::into_inner);
    if !failed.is_empty() {
        println!("failed: {}", failed.join(", "));
    }
    println!("tests: {} passed, {} failed", tests.len() - failed.len(), failed.len());
    failed.is_empty()
}

/// Runs a test and prints how it went, all at once; whether it passed.
fn run_one(setup: &Setup, test: Test<'_>) -> bool {
    let name = test.name();
    let begun = Instant::now();
    let outcome = play(setup, test);
    let seconds = begun.elapsed().as_secs_f32();
    match &outcome {
        Ok(()) => println!("test {name} ... ok ({seconds:.1} s)"),
        Err(report) => println!("test {name} ... FAILED ({seconds:.1} s)\n{report}"),
    }
    outcome.is_ok()
}

/// Boots the test's partition and plays it; the error is the whole report.
fn play(setup: &Setup, test: Test<'_>) -> Result<(), String> {
    let mut stage = boot(setup, test).map_err(|failure| format!("  could not boot: {failure:?}"))?;
    (test.scenario.play)(&mut stage)
        .map_err(|miss| format!("  {miss}\n  the console's last lines:\n{}", stage.evidence()))
}

/// Plans, bundles and starts what the test's scenario describes.
fn boot<'s>(setup: &'s Setup, test: Test<'_>) -> miette::Result<Stage<'s>> {
    let Test { scenario, board } = test;
    let partition = match scenario.partition {
        Source::Made(make) => own_tree::plan(setup, &test.name(), &make(), board)?,
        Source::Example(name) => {
            let file = setup.root().join(format!("examples/{name}-{}.toml", board.arch.name));
            Partition::of_file(setup, &file, None)?
        }
    };
    let bootable = partition.bootable(setup)?;
    let arguments = arguments(&bootable, test).map_err(Failure::from)?;
    start(setup, board, bootable, &arguments)
}

/// Plans, bundles and starts another partition than the test's, which has this name in reports.
pub(crate) fn boot_another<'s>(
    setup: &'s Setup,
    board: &'static Board,
    name: &str,
    partition: &crate::partition::Partition,
) -> miette::Result<Stage<'s>> {
    let partition = Partition::of_text(setup, name, &partition.to_toml(board), setup.root())?;
    start(setup, board, partition.bootable(setup)?, &[])
}

/// What stands in QEMU's arguments for the file of a disk of the test's own, beside the bundle and gone with it.
pub(crate) const DISK: &str = "{disk}";
/// How large it is, in bytes, all zero.
const DISK_SIZE: u64 = 16 << 20;

/// What stands in QEMU's arguments for a file that it is to trace into: [`Stage::trace`].
const TRACE: &str = "{trace}";

/// That file.
pub(crate) fn trace(bootable: &Bootable) -> PathBuf {
    bootable.bundle().with_file_name("trace")
}

/// What QEMU is told beside the partition, for what the scenario wants to be different or broken.
fn arguments(bootable: &Bootable, test: Test<'_>) -> io::Result<Vec<String>> {
    let Test { scenario, board } = test;
    let disk = bootable.bundle().with_file_name("disk.img");
    if scenario.qemu.iter().any(|argument| argument.contains(DISK)) {
        fs::File::create(&disk)?.set_len(DISK_SIZE)?;
    }
    let (disk, trace) = (disk.display().to_string(), trace(bootable).display().to_string());
    let with_files = |argument: &&str| argument.replace(DISK, &disk).replace(TRACE, &trace);
    let mut arguments: Vec<String> = scenario.qemu.iter().map(with_files).collect();
    match scenario.fault {
        Fault::None => {}
        Fault::DamagedManifest => flip_a_bit(bootable.bundle())?,
        Fault::MovedImage => {
            arguments.extend(["-kernel".to_owned(), moved_image(bootable, board)?.display().to_string()]);
        }
        Fault::OtherInterruptController => {
            let (property, _) = board.other_interrupt_controller;
            arguments.extend(["-machine", property].map(String::from));
        }
    }
    Ok(arguments)
}

fn start<'s>(
    setup: &'s Setup,
    board: &'static Board,
    bootable: Bootable,
    arguments: &[String],
) -> miette::Result<Stage<'s>> {
    let arguments = [arguments, &monitor::arguments(&monitor::socket(&bootable))].concat();
    let mut machine = Machine::start(&bootable, Input::Pipe, &arguments).map_err(Failure::from)?;
    let output = watch(machine.take_output().map_err(Failure::from)?);
    let keys = machine.take_input().map_err(Failure::from)?;
    Ok(Stage::new(setup, board, machine, bootable, output, keys))
}

/// Delivers the console from a thread of its own, so that waiting for it can end.
fn watch(mut console: ChildStdout) -> Receiver<Vec<u8>> {
    let (sender, output) = mpsc::channel();
    thread::spawn(move || {
        let mut buffer = [0; 4096];
        while let Ok(count @ 1..) = console.read(&mut buffer) {
            if sender.send(buffer[..count].to_vec()).is_err() {
                break;
            }
        }
    });
    output
}

/// The image's file for [`Board::elsewhere`]; beside the bundle, and gone with it.
fn moved_image(bootable: &Bootable, board: &Board) -> io::Result<PathBuf> {
    let file = bootable.bundle().with_file_name("moved.img");
    fs::write(&file, board.place.file(fs::read(bootable.image())?, board.elsewhere)?)?;
    Ok(file)
}

/// Flips the lowest bit of a byte in the manifest, well behind its magic number and version.
fn flip_a_bit(bundle: &Path) -> io::Result<()> {
    const OFFSET: usize = 64;
    let mut bytes = fs::read(bundle)?;
    let byte = bytes.get_mut(OFFSET).ok_or_else(|| io::Error::other("the bundle is too short"))?;
    *byte ^= 1;
    fs::write(bundle, bytes)
}
