//! Runs a program and turns its outcome into an exit status.

use crate::options::{Action, Format, Options};
use crate::output::{self, StandardOutput};
use gscript::{Error, HeapStats, InterruptHandle, Script};
use std::ffi::{OsStr, OsString};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::{Duration, Instant};

/// Exit status after an interrupt from the keyboard.
const INTERRUPTED_STATUS: u8 = 130;

/// Exit status of a program that would have had 0 if it had no data races.
const RACES_STATUS: i32 = 66;

static INTERRUPTS: AtomicU32 = AtomicU32::new(0);

/// Runs the program that the options name.
pub fn run(options: &Options) -> ExitCode {
    let (source, name) = match read_program(&options.action) {
        Ok(program) => program,
        Err(message) => {
            output::complain(&message);
            return ExitCode::FAILURE;
        }
    };
    let mut script = match new_script(options, &name) {
        Ok(script) => script,
        Err(e) => return ExitCode::from(report(&e) as u8),
    };
    stop_on_interrupt(script.interrupt_handle(), true);
    set_deadline(options, &script);
    let outcome = script.run(&source, &name.to_string_lossy(), &options.script_args);
    let flushed = script.flush();
    let mut status = match &outcome {
        Ok(_) => 0,
        Err(e) => report(e),
    };
    // A program that has failed already may have failed because of this.
    if let Err(e) = flushed
        && status == 0
    {
        output::complain_of_output(&e);
        status = 1;
    }
    let races = script.races_found();
    if races > 0 {
        output::write_error(&format!(
            "gscript: {races} data race{} found\n",
            if races == 1 { "" } else { "s" }
        ));
        status = if status == 0 { RACES_STATUS } else { status };
    }
    report_heap(options, &script);
    if let Some(format) = options.jit_stats {
        output::write_error(&script.jit_stats(format == Format::Json));
    }
    // The process ends here: giving the heap back object by object would only take time.
    std::process::exit(status)
}

/// The program's text, and the name it has in messages and in `arg[0]`.
fn read_program(action: &Action) -> Result<(Vec<u8>, OsString), String> {
    match action {
        Action::Code(text) => Ok((text.as_encoded_bytes().to_vec(), "-e".into())),
        Action::File(path) => match std::fs::read(path) {
            Ok(text) => Ok((text, path.clone().into_os_string())),
            Err(e) => Err(format!("cannot open {}: {}", path.display(), gscript::io_reason(&e))),
        },
        Action::Stdin | Action::Repl | Action::Dump { .. } | Action::Help | Action::Version => {
            let mut text = Vec::new();
            match std::io::stdin().read_to_end(&mut text) {
                Ok(_) => Ok((text, "stdin".into())),
                Err(e) => Err(format!("cannot read standard input: {}", gscript::io_reason(&e))),
            }
        }
    }
}

/// An engine as the options want it, with the global `arg`.
pub fn new_script(options: &Options, name: &OsStr) -> Result<Script, Error> {
    let script_dir = match &options.action {
        Action::File(path) => path.parent().map(Path::to_path_buf),
        _ => None,
    };
    let mut arguments = vec![name.to_os_string()];
    arguments.extend(options.script_args.iter().cloned());
    let mut script = Script::new(gscript::Options {
        heap_limit_bytes: options.heap_limit_bytes,
        young_bytes: options.young_bytes,
        workers: options.workers,
        has_delays: options.has_delays,
        races: if options.race { Some(output::write_error) } else { None },
        stress: options.stress,
        script_dir,
        script_args: arguments.clone(),
        color: options.color,
        jit: gscript::JitOptions {
            perf_map: std::env::var_os("GSCRIPT_PERF").is_some(),
            jit_dump: std::env::var_os("GSCRIPT_PERF").map(PathBuf::from).filter(|dir| dir.is_dir()),
            ..options.jit.clone()
        },
        output: Some(Box::new(StandardOutput::new())),
    })?;
    script.set_argument_list("arg", &arguments)?;
    Ok(script)
}

/// Starts the clock for the next run, if the options want one.
pub fn set_deadline(options: &Options, script: &Script) {
    if let Some(time) = options.deadline {
        // A time beyond what the clock can tell never comes.
        script.interrupt_handle().set_deadline(Instant::now().checked_add(time));
    }
}

/// Writes an error to standard error; gives the exit status it means.
pub fn report(e: &Error) -> i32 {
    match e {
        Error::Exit(status) => return *status,
        Error::Compile { rendered, .. } => output::write_error(rendered),
        Error::Uncaught { message, traceback, help } => {
            let mut text = format!("gscript: {message}\n");
            if !traceback.is_empty() {
                text.push_str("stack traceback:\n");
                text.push_str(traceback);
            }
            if let Some(help) = help {
                text.push_str(&format!("help: {help}\n"));
            }
            output::write_error(&text);
            if INTERRUPTS.load(Relaxed) > 0 {
                return INTERRUPTED_STATUS.into();
            }
        }
        Error::OutOfMemory => output::complain(&e.to_string()),
    }
    1
}

/// Writes what the collector did to standard error, if the options want it.
pub fn report_heap(options: &Options, script: &Script) {
    if options.gc_stats {
        output::write_error(&heap_report(&script.heap_stats()));
    }
}

fn heap_report(stats: &HeapStats) -> String {
    let ms = |time: Duration| time.as_secs_f64() * 1e3;
    let mb = |bytes: f64| bytes / f64::from(1 << 20);
    format!(
        "gc: young {} collections, longest pause {:.2} ms, {:.2} ms in all\n\
         gc: full {} collections, longest pause {:.2} ms, {:.2} ms in all\n\
         gc: live {:.1} MB, outside the heap {:.1} MB, peak {:.1} MB, allocated {:.1} MB\n",
        stats.minor_count,
        ms(stats.minor_pause_max),
        ms(stats.minor_pause_total),
        stats.full_count,
        ms(stats.full_pause_max),
        ms(stats.full_pause_total),
        mb(stats.live_bytes as f64),
        mb(stats.external_bytes as f64),
        mb(stats.footprint_bytes_max as f64),
        mb(stats.allocated_bytes as f64),
    )
}

/// Lets SIGINT stop the running script with a traceback; a second one ends a process that does not stop, if `is_final`.
pub fn stop_on_interrupt(handle: InterruptHandle, is_final: bool) {
    // Without the handler SIGINT ends the process, which is what a person wants too.
    let _ = ctrlc::set_handler(move || {
        let earlier = INTERRUPTS.fetch_add(1, Relaxed);
        output::note_echo();
        handle.interrupt();
        if is_final && earlier > 0 {
            std::thread::sleep(Duration::from_millis(50));
            std::process::exit(INTERRUPTED_STATUS.into());
        }
    });
}

/// Forgets interrupts that came when nothing ran.
pub fn forget_interrupts(script: &Script) {
    INTERRUPTS.store(0, Relaxed);
    script.interrupt_handle().clear();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_heap_report_has_a_line_for_each_matter() {
        let stats = HeapStats {
            minor_count: 3,
            minor_pause_max: Duration::from_micros(1500),
            minor_pause_total: Duration::from_millis(2),
            live_bytes: 3 << 20,
            footprint_bytes_max: 5 << 20,
            ..HeapStats::default()
        };
        assert_eq!(
            heap_report(&stats),
            "gc: young 3 collections, longest pause 1.50 ms, 2.00 ms in all\n\
             gc: full 0 collections, longest pause 0.00 ms, 0.00 ms in all\n\
             gc: live 3.0 MB, outside the heap 0.0 MB, peak 5.0 MB, allocated 0.0 MB\n"
        );
    }
}
