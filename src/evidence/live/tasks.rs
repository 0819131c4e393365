//! What the kernel says of each thread of a process that runs (proc_pid_task(5)).

use std::fs;
use std::time::Duration;

use super::files::stat;
use super::stop::threads_of;
use crate::evidence::Task;

/// The threads of a process, by number.
pub(super) fn tasks(pid: u32) -> Vec<Task> {
    let tids = threads_of(pid).into_iter();
    tids.filter_map(|tid| task(pid, tid)).collect()
}

/// The name of a thread.
pub(super) fn name(pid: u32, tid: u32) -> Option<String> {
    let name = fs::read(format!("/proc/{pid}/task/{tid}/comm")).ok()?;
    Some(String::from_utf8_lossy(&name).trim_end().to_owned())
}

fn task(pid: u32, tid: i32) -> Option<Task> {
    let folder = format!("/proc/{pid}/task/{tid}");
    let stat = stat(&format!("{folder}/stat"));
    let (ran, delayed) = fs::read_to_string(format!("{folder}/schedstat"))
        .ok()
        .and_then(|line| times(&line))
        .or_else(|| Some((ticks(&stat)?, Duration::ZERO)))?;
    Some(Task {
        tid: tid.unsigned_abs(),
        state: stat.first()?.chars().next()?,
        ran,
        delayed,
    })
}

/// `/proc/PID/task/TID/schedstat`: nanoseconds on a processor, nanoseconds in its queue
/// (`Documentation/scheduler/sched-stats.rst` of Linux); kernels may be built without it.
fn times(line: &str) -> Option<(Duration, Duration)> {
    let mut numbers = line.split_whitespace().map(str::parse);
    let mut next = || numbers.next()?.ok().map(Duration::from_nanos);
    Some((next()?, next()?))
}

/// The clock ticks of `stat`: user and system time are its fields 14 and 15, in hundredths of a second on every Linux
/// (`USER_HZ` of x86 and aarch64).
fn ticks(stat: &[String]) -> Option<Duration> {
    let mut fields = stat.iter().skip(11);
    let mut next = || fields.next()?.parse::<u64>().ok();
    Some(Duration::from_millis(
        next()?.saturating_add(next()?).saturating_mul(10),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_a_thread() {
        let stat = "R 1 1 1 0 -1 64 1 0 0 0 250 50 0 0 20 0 1 0 7";
        let stat: Vec<String> = stat.split(' ').map(str::to_owned).collect();
        assert_eq!(ticks(&stat), Some(Duration::from_secs(3)));
        let expected = (Duration::from_millis(2), Duration::from_nanos(5));
        assert_eq!(times("2000000 5 7\n"), Some(expected));
        assert_eq!(times(""), None);
    }

    #[test]
    fn threads_of_this_process() {
        let tasks = tasks(std::process::id());
        let main = tasks.iter().find(|task| task.tid == std::process::id());
        let main = main.expect("a thread").tid;
        assert!(!name(main, main).expect("a name").is_empty());
        // The one that looks runs.
        assert!(tasks.iter().any(|task| task.state == 'R'), "{tasks:?}");
    }
}
