//! Runs scenarios one after the other and reports.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::ChildStdout;
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Instant;

use bulkhead::Failure;
use bulkhead::machine::{Input, Machine};
use bulkhead::partition::{Bootable, Partition};
use setup::Setup;

use crate::scenario::{Fault, Scenario, Source};
use crate::stage::Stage;

/// Runs every scenario, prints one line each and a summary last; whether all passed.
pub fn run(setup: &Setup, scenarios: &[&Scenario]) -> bool {
    let mut failed = Vec::new();
    for scenario in scenarios {
        let begun = Instant::now();
        let outcome = play(setup, scenario);
        let seconds = begun.elapsed().as_secs_f32();
        match outcome {
            Ok(()) => println!("test {} ... ok ({seconds:.1} s)", scenario.name),
            Err(report) => {
                println!("test {} ... FAILED ({seconds:.1} s)\n{report}", scenario.name);
                failed.push(scenario.name);
            }
        }
    }
    if !failed.is_empty() {
        println!("failed: {}", failed.join(", "));
    }
    println!("tests: {} passed, {} failed", scenarios.len() - failed.len(), failed.len());
    failed.is_empty()
}

/// Boots the scenario's partition and plays it; the error is the whole report.
fn play(setup: &Setup, scenario: &Scenario) -> Result<(), String> {
    let mut stage = boot(setup, scenario).map_err(|failure| format!("  could not boot: {failure:?}"))?;
    (scenario.play)(&mut stage)
        .map_err(|miss| format!("  {miss}\n  the console's last lines:\n{}", stage.evidence()))
}

/// Plans, bundles and starts what the scenario describes.
fn boot(setup: &Setup, scenario: &Scenario) -> miette::Result<Stage> {
    let partition = match scenario.partition {
        Source::Made(make) => Partition::of_text(setup, scenario.name, &make().to_toml(), setup.root())?,
        Source::File(file) => Partition::of_file(setup, &setup.root().join(file), None)?,
    };
    let bootable = partition.bootable(setup)?;
    start(bootable, scenario).map_err(|error| Failure::from(error).into())
}

fn start(bootable: Bootable, scenario: &Scenario) -> io::Result<Stage> {
    let mut arguments: Vec<String> = scenario.qemu.iter().copied().map(String::from).collect();
    match scenario.fault {
        Fault::None => {}
        Fault::DamagedManifest => flip_a_bit(bootable.bundle())?,
        Fault::MovedImage => {
            arguments.extend(["-kernel".to_owned(), moved_image(&bootable)?.display().to_string()]);
        }
    }
    let mut machine = Machine::start(&bootable, Input::Pipe, &arguments)?;
    let output = watch(machine.take_output()?);
    let keys = machine.take_input()?;
    Ok(Stage::new(machine, bootable, output, keys))
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

/// The hypervisor's image with another `text_offset` in its Linux arm64 Image header, which is where QEMU loads
/// it; beside the bundle, and gone with it.
fn moved_image(bootable: &Bootable) -> io::Result<PathBuf> {
    const TEXT_OFFSET: std::ops::Range<usize> = 8..16;
    const ELSEWHERE: u64 = 0x640_0000;
    let mut image = fs::read(bootable.image())?;
    let field = image.get_mut(TEXT_OFFSET).ok_or_else(|| io::Error::other("the image is too short"))?;
    field.copy_from_slice(&ELSEWHERE.to_le_bytes());
    let file = bootable.bundle().with_file_name("moved.img");
    fs::write(&file, image)?;
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
