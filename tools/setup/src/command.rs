//! Running other programs: output feeds the progress display, a failure carries the command line and the end
//! of its output.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use crate::progress::Step;

/// Lines of output that a failure shows.
const LINES_SHOWN: usize = 40;

/// How often a running program is checked for having ended or run out of time.
const POLL: Duration = Duration::from_millis(50);

/// A program that could not be started, failed, or took too long. Displays the command line and the reason.
#[derive(Debug, thiserror::Error)]
#[error("`{command}` {reason}")]
pub(crate) struct CommandError {
    command: String,
    reason: String,
}

/// Runs `command` to its end with no input and returns its standard output.
///
/// Every line of either output shows in `step` as a sign of life. After `limit` the program is killed.
pub(crate) fn run(command: &mut Command, step: &Step, limit: Duration) -> Result<String, CommandError> {
    let fail = |reason: String, command: &Command| CommandError { command: display(command), reason };
    let spawned = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut child = spawned.map_err(|error| fail(format!("could not be started: {error}"), command))?;

    let (sender, lines) = mpsc::channel();
    if let Some(output) = child.stdout.take() {
        forward(output, Stream::Out, sender.clone());
    }
    if let Some(output) = child.stderr.take() {
        forward(output, Stream::Err, sender);
    }

    let begun = Instant::now();
    let mut out = String::new();
    let mut complaints = VecDeque::new();
    loop {
        match lines.recv_timeout(POLL) {
            Ok((stream, line)) => {
                // A message for programs is no sign of life to show.
                if !line.starts_with('{') {
                    step.alive(&line);
                }
                match stream {
                    Stream::Out => out.extend([line.as_str(), "\n"]),
                    Stream::Err => {
                        complaints.push_back(line);
                        if complaints.len() > LINES_SHOWN {
                            complaints.pop_front();
                        }
                    }
                }
            }
            Err(mpsc::RecvTimeoutError::Timeout) => {}
            Err(mpsc::RecvTimeoutError::Disconnected) => break,
        }
        if begun.elapsed() > limit {
            stop(&mut child);
            return Err(fail(format!("did not finish within {} s", limit.as_secs()), command));
        }
    }
    let status = child.wait().map_err(|error| fail(format!("cannot be waited for: {error}"), command))?;
    if status.success() {
        return Ok(out);
    }
    let mut reason = format!("failed ({status})");
    // Some programs complain on standard output alone.
    if complaints.is_empty() {
        complaints = out.lines().rev().take(LINES_SHOWN).map(str::to_owned).collect();
        complaints.make_contiguous().reverse();
    }
    for line in complaints {
        reason.push_str("\n    ");
        reason.push_str(&line);
    }
    Err(fail(reason, command))
}

/// The command line as a user would type it.
pub(crate) fn display(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let quoted = words.map(|word| {
        let word = word.to_string_lossy();
        match word.contains([' ', '\t', '"', '$', '*', ';']) {
            true => format!("'{word}'"),
            false => word.into_owned(),
        }
    });
    quoted.collect::<Vec<_>>().join(" ")
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stream {
    Out,
    Err,
}

/// Sends every line of `output` from a thread of its own, so that neither pipe can fill up and block.
fn forward(output: impl Read + Send + 'static, stream: Stream, sender: mpsc::Sender<(Stream, String)>) {
    thread::spawn(move || {
        for line in BufReader::new(output).split(b'\n').map_while(Result::ok) {
            if sender.send((stream, String::from_utf8_lossy(&line).into_owned())).is_err() {
                break;
            }
        }
    });
}

/// Kills a program that took too long. It may have ended in between, which is just as well.
fn stop(child: &mut Child) {
    let _ = child.kill();
    let _ = child.wait();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::{Progress, Verbosity};

    fn run_shell(script: &str, limit: Duration) -> Result<String, CommandError> {
        let step = Progress::new(Verbosity::Silent).begin("test", "test");
        run(Command::new("sh").args(["-c", script]), &step, limit)
    }

    #[test]
    fn standard_output_alone_is_returned() {
        let output = run_shell("echo result; echo chatter >&2", Duration::from_secs(60));
        assert_eq!(output.expect("success"), "result\n");
    }

    #[test]
    fn a_failure_shows_the_command_and_its_last_words() {
        let error = run_shell("echo no such luck >&2; exit 3", Duration::from_secs(60)).expect_err("failure");
        let text = error.to_string();
        assert!(text.contains("`sh -c 'echo no such luck"), "{text}");
        assert!(text.contains("exit status: 3") && text.contains("\n    no such luck"), "{text}");
    }

    #[test]
    fn a_program_that_takes_too_long_is_killed() {
        let error = run_shell("exec sleep 600", Duration::from_millis(200)).expect_err("time limit");
        assert!(error.to_string().contains("did not finish within"), "{error}");
    }
}
