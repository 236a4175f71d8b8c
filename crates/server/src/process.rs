//! What the process asks of the operating system: its limits and its signals. It must not decide when to end,
//! and it must know nothing of requests or payments.

use anyhow::Context;
use rustix::fs::Mode;
use rustix::mm::{MlockAllFlags, mlockall};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::future::Future;
use std::sync::OnceLock;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// SIGXFSZ, which a write beyond the file size limit raises. Linux and the BSDs number it so on every
/// processor that Rust's standard library supports here.
const SIGXFSZ: i32 = 25;

/// Keeps memory with secrets out of core dumps, other processes and, where that is allowed, the swap; keeps new files
/// from everybody but their owner; and allows as many open files as we may have. To be called before any secret is
/// read.
pub(crate) fn harden() -> anyhow::Result<()> {
    rustix::process::umask(Mode::RWXG | Mode::RWXO);
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) })
        .context("cannot switch core dumps off")?;
    // A limit of zero is ignored when the kernel pipes dumps to a program; not being dumpable is not. It also
    // keeps other processes of the same user from reading this one's memory.
    #[cfg(target_os = "linux")]
    rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable)
        .context("cannot make the process not dumpable")?;
    // All of it or nothing: keys are copied wherever they are used. Under a limit every allocation beyond it would fail,
    // so it is the operator who grants this; a system that then refuses it all the same has its own reasons.
    if getrlimit(Resource::Memlock).current.is_none() {
        let _ = mlockall(MlockAllFlags::CURRENT | MlockAllFlags::FUTURE | MlockAllFlags::ONFAULT);
    }
    let files = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: files.maximum, ..files })
        .context("cannot raise the limit of open files")
}

/// Makes a write beyond the file size limit fail instead of killing the process, so that a database at its
/// limit is a 503. Needs a tokio runtime.
pub(crate) fn ignore_file_size_signal() -> anyhow::Result<()> {
    static KEPT: OnceLock<Signal> = OnceLock::new();
    let signal = signal(SignalKind::from_raw(SIGXFSZ)).context("cannot take over the signal SIGXFSZ")?;
    // Kept so that nobody has to know whether tokio's handler outlives its last receiver. A second call has
    // nothing to add.
    let _ = KEPT.set(signal);
    Ok(())
}

/// Ready at the first SIGINT or SIGTERM. Both are taken over now, not at the first poll, so that none that
/// comes while the server starts kills it half-way. Needs a tokio runtime.
pub(crate) fn shutdown_signal() -> anyhow::Result<impl Future<Output = ()>> {
    let mut interrupt = signal(SignalKind::interrupt()).context("cannot take over the signal SIGINT")?;
    let mut terminate = signal(SignalKind::terminate()).context("cannot take over the signal SIGTERM")?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Whether whoever started this process has it stay when its terminal goes away, as `nohup` does. It must be asked before
/// [`hangups`].
pub(crate) fn stays_without_terminal() -> bool {
    const SIGHUP: u64 = 1;
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_some_and(|mask| mask & SIGHUP != 0)
}

/// SIGHUP, which would end the process if nobody took it over. Needs a tokio runtime.
pub(crate) fn hangups() -> anyhow::Result<Signal> {
    signal(SignalKind::hangup()).context("cannot take over the signal SIGHUP")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::os::unix::process::ExitStatusExt;
    use std::process::{Command, ExitStatus};
    use std::time::Duration;

    const PART: &str = "KASSA_PROCESS_TEST";

    /// Limits and signals belong to a whole process, so each part runs in one of its own.
    fn run(part: &str) -> ExitStatus {
        let own = std::env::current_exe().expect("a test knows its binary");
        let arguments = ["--exact", "process::tests::in_a_process_of_its_own"];
        let output = Command::new(own).args(arguments).env(PART, part).output().expect("it starts");
        println!("{}", String::from_utf8_lossy(&output.stdout));
        output.status
    }

    #[test]
    fn memory_is_kept_and_files_are_many() {
        assert!(run("harden").success());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn memory_is_kept_from_the_swap_where_that_is_allowed() {
        assert!(run("lock").success());
    }

    #[test]
    fn a_file_at_its_limit_is_an_error_and_not_the_end() {
        assert_eq!(run("file size, not ignored").signal(), Some(SIGXFSZ));
        assert!(run("file size").success());
    }

    #[test]
    fn a_signal_before_anybody_waits_is_not_lost() {
        assert!(run("interrupt").success());
        assert!(run("terminate").success());
    }

    #[tokio::test]
    async fn in_a_process_of_its_own() -> anyhow::Result<()> {
        let Ok(part) = std::env::var(PART) else {
            // It changes its process, so here it does nothing; the tests above start it with a part.
            return Ok(());
        };
        match &*part {
            "harden" => {
                let hard = getrlimit(Resource::Nofile).maximum;
                setrlimit(Resource::Nofile, Rlimit { current: Some(64), maximum: hard })?;
                harden()?;
                assert_eq!(getrlimit(Resource::Nofile), Rlimit { current: hard, maximum: hard });
                assert_eq!(getrlimit(Resource::Core), Rlimit { current: Some(0), maximum: Some(0) });
                assert_eq!(rustix::process::umask(Mode::empty()), Mode::RWXG | Mode::RWXO);
                #[cfg(target_os = "linux")]
                assert_eq!(
                    rustix::process::dumpable_behavior()?,
                    rustix::process::DumpableBehavior::NotDumpable
                );
            }
            "lock" => {
                let unlimited = Rlimit { current: None, maximum: None };
                if setrlimit(Resource::Memlock, unlimited).is_err() {
                    // Only who may lock memory can try it.
                    return Ok(());
                }
                harden()?;
                let status = std::fs::read_to_string("/proc/self/status")?;
                let locked = status.lines().find(|line| line.starts_with("VmLck:"));
                assert!(locked.is_some_and(|line| !line.trim_end().ends_with("\t       0 kB")), "{locked:?}");
            }
            "file size" | "file size, not ignored" => {
                if part == "file size" {
                    ignore_file_size_signal()?;
                    ignore_file_size_signal()?;
                }
                let path = std::env::temp_dir().join(format!("kassa-process-{}", std::process::id()));
                let mut file = std::fs::File::create(&path)?;
                std::fs::remove_file(&path)?;
                setrlimit(Resource::Fsize, Rlimit { current: Some(10), maximum: Some(10) })?;
                let refused = file.write_all(&[0; 11]).expect_err("it is beyond the limit");
                assert_eq!(refused.kind(), std::io::ErrorKind::FileTooLarge);
            }
            "interrupt" | "terminate" => {
                let signalled = shutdown_signal()?;
                let signal = match &*part {
                    "interrupt" => rustix::process::Signal::INT,
                    _ => rustix::process::Signal::TERM,
                };
                rustix::process::kill_process(rustix::process::getpid(), signal)?;
                tokio::time::timeout(Duration::from_secs(2), signalled).await?;
            }
            other => panic!("there is no part {other}"),
        }
        Ok(())
    }
}
