//! Runs a program and turns its outcome into an exit status.

use crate::options::{Action, Options};
use crate::output::StandardOutput;
use gscript::{Error, InterruptHandle, Script};
use std::io::Read;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::{Duration, Instant};

/// Exit status after an interrupt from the keyboard.
const INTERRUPTED_STATUS: u8 = 130;

static INTERRUPTS: AtomicU32 = AtomicU32::new(0);

/// Runs the program that the options name.
pub fn run(options: &Options) -> ExitCode {
    let (source, name) = match &options.action {
        Action::Code(text) => (text.clone().into_bytes(), "-e".to_string()),
        Action::Stdin => {
            let mut text = Vec::new();
            if let Err(e) = std::io::stdin().read_to_end(&mut text) {
                return fail(&format!("cannot read standard input: {e}"));
            }
            (text, "stdin".to_string())
        }
        Action::File(path) => match std::fs::read(path) {
            Ok(text) => (text, path.to_string_lossy().into_owned()),
            Err(e) => return fail(&format!("cannot open {}: {}", path.display(), gscript::io_reason(&e))),
        },
        _ => unreachable!("the command sends only programs here"),
    };
    let mut script = match new_script(options, &name) {
        Ok(script) => script,
        Err(e) => return fail(&e.to_string()),
    };
    stop_on_interrupt(script.interrupt_handle(), true);
    if let Some(time) = options.deadline {
        script.interrupt_handle().set_deadline(Some(Instant::now() + time));
    }
    let outcome = script.run(&source, &name, &options.script_args);
    script.flush();
    let status = match outcome {
        Ok(_) => 0,
        Err(e) => report(&e),
    };
    // The process ends here: giving the heap back object by object would only take time.
    std::process::exit(status)
}

fn fail(message: &str) -> ExitCode {
    eprintln!("gscript: {message}");
    ExitCode::FAILURE
}

/// An engine as the options want it, with the global `arg`.
pub fn new_script(options: &Options, name: &str) -> Result<Script, Error> {
    let script_dir = match &options.action {
        Action::File(path) => path.parent().map(|p| p.to_path_buf()),
        _ => None,
    };
    let mut arguments = vec![name.to_string()];
    arguments.extend(options.script_args.iter().cloned());
    let mut script = Script::new(gscript::Options {
        heap_limit_bytes: options.heap_limit_bytes,
        young_bytes: options.young_bytes,
        stress: options.stress,
        script_dir,
        script_args: arguments.clone(),
        color: options.color,
        output: Some(Box::new(StandardOutput::new())),
    })?;
    script.set_argument_list("arg", &arguments)?;
    Ok(script)
}

/// Writes an error to standard error; gives the exit status it means.
pub fn report(e: &Error) -> i32 {
    match e {
        Error::Exit(status) => *status,
        Error::Compile { rendered, .. } => {
            eprint!("{rendered}");
            1
        }
        Error::Uncaught { message, traceback } => {
            eprintln!("gscript: {message}");
            if !traceback.is_empty() {
                eprint!("stack traceback:\n{traceback}");
            }
            if INTERRUPTS.load(Relaxed) > 0 { INTERRUPTED_STATUS.into() } else { 1 }
        }
        Error::OutOfMemory => {
            eprintln!("gscript: {e}");
            1
        }
    }
}

/// Lets SIGINT stop the running script with a traceback; a second one ends a process that does not stop, if `is_final`.
pub fn stop_on_interrupt(handle: InterruptHandle, is_final: bool) {
    // Without the handler SIGINT ends the process, which is what a person wants too.
    let _ = ctrlc::set_handler(move || {
        let earlier = INTERRUPTS.fetch_add(1, Relaxed);
        handle.interrupt();
        if is_final && earlier > 0 {
            std::thread::sleep(Duration::from_millis(50));
            std::process::exit(INTERRUPTED_STATUS.into());
        }
    });
}

/// Forgets interrupts that were served.
pub fn forget_interrupts() {
    INTERRUPTS.store(0, Relaxed);
}
