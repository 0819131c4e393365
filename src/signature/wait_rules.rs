//! Which function waits, and for what: the lists.
//!
//! Names and rules are as in [`rules`](super::rules).

/// A thread that waits, innermost: futex, semaphore, condition, mutex.
pub(super) const SYSTEM_LOCKS: &[&str] = &[
    "futex_*",
    "__futex_*",
    "do_futex_wait*",
    "__new_sem_wait*",
    "sem_wait",
    "sem_timedwait",
    "sem_clockwait*",
    "__new_sem_*",
    "sem_trywait",
    "pthread_cond_*",
    "__pthread_cond_*",
    "___pthread_cond_*",
    "pthread_mutex_lock*",
    "__pthread_mutex_lock*",
    "___pthread_mutex_lock*",
    // A thread that ends releases the runtime's lock, and another is stopped there by the crash of a third.
    "pthread_mutex_unlock*",
    "__pthread_mutex_unlock*",
    "___pthread_mutex_unlock*",
    "__lll_lock_wake*",
    "__lll_unlock_wake*",
    "pthread_cond_signal*",
    "lll_*",
    "__lll_lock_wait*",
    "pthread_rwlock_*",
    // FreeBSD, macOS and Windows.
    "_umtx_op*",
    "__ulock_wait*",
    "_pthread_mutex_firstfit_lock*",
    "start_wqthread",
    "__psynch_*",
    "_pthread_cond_wait",
    "semaphore_wait_trap",
    "NtWaitFor*",
    "ZwWaitFor*",
    "WaitForSingleObject*",
    "WaitForMultipleObjects*",
    "NtAlertThreadByThreadId",
    "NtWaitForAlertByThreadId",
    "RtlSleepConditionVariable*",
    "SleepConditionVariable*",
    "MsgWaitForMultipleObjects*",
    "syscall",
    "__syscall_cancel*",
    "__internal_syscall_cancel",
];

/// System calls that wait for work, input, a child or the clock: an event loop in `epoll_wait`, a sleeping main thread.
/// In a deadlock those are not the ones that hold each other up.
pub(super) const SYSTEM_CALLS: &[&str] = &[
    "accept",
    "accept4",
    "clock_nanosleep*",
    "__clock_nanosleep*",
    "connect",
    "epoll_*",
    "kevent",
    "__libc_accept",
    "__libc_read",
    "__libc_recv*",
    "mach_msg*",
    "__nanosleep",
    "nanosleep",
    "NtDelayExecution",
    "NtReadFile",
    "NtRemoveIoCompletion*",
    "pause",
    "poll",
    "__poll",
    "ppoll",
    "pselect*",
    "__read",
    "read",
    "recv",
    "recvfrom",
    "recvmsg",
    "select",
    "__select*",
    "sigwait*",
    "SleepEx",
    "__wait4",
    "wait4",
    "waitid",
    "waitpid",
    "__waitpid",
    "ZwDelayExecution",
];

/// The system's waits for another thread to end: it is the other that is stuck.
pub(super) const SYSTEM_JOINS: &[&str] = &[
    "__pthread_clockjoin_ex",
    "__pthread_timedjoin_ex",
    "_pthread_join",
    "pthread_join*",
];

/// CPython's functions above the wait of an idle thread: a pool's worker in `SimpleQueue.get`, `time.sleep`.
pub(super) const IDLE: &[&str] = &[
    "select_*",
    "time_sleep",
    "pysleep",
    "_queue_SimpleQueue_get*",
    "simplequeue_get*",
];

/// CPython's functions that wait for another thread to end.
pub(super) const JOINS: &[&str] = &[
    "PyThread_join_thread",
    "ThreadHandle_join",
    "wait_for_thread_shutdown",
];

/// Where an idle Python thread waits for work: feeders of `multiprocessing` queues and pool workers call
/// `threading.py`'s `wait` or a queue's `get`.
pub(super) const PYTHON_IDLE: &[(&str, &str)] = &[
    ("selectors.py", "select"),
    ("queue.py", "get"),
    ("Queue.py", "get"),
    ("socket.py", "accept"),
    ("socket.py", "readinto"),
    ("socketserver.py", "serve_forever"),
    ("multiprocessing/connection.py", "wait"),
    ("multiprocessing/connection.py", "_recv"),
    ("multiprocessing/queues.py", "_feed"),
    ("multiprocessing/queues.py", "get"),
    ("multiprocessing/pool.py", "worker"),
    ("multiprocessing/pool.py", "_handle_tasks"),
    ("multiprocessing/pool.py", "_handle_results"),
    ("multiprocessing/pool.py", "_handle_workers"),
    ("concurrent/futures/thread.py", "_worker"),
    ("concurrent/futures/process.py", "_queue_management_worker"),
    (
        "concurrent/futures/process.py",
        "wait_result_broken_or_wakeup",
    ),
    ("asyncio/base_events.py", "_run_once"),
    ("threading.py", "wait"),
];

/// Where Python waits for another thread or process to end.
pub(super) const PYTHON_JOINS: &[(&str, &str)] = &[
    ("threading.py", "join"),
    ("threading.py", "_wait_for_tstate_lock"),
    ("threading.py", "_shutdown"),
    ("subprocess.py", "wait"),
    ("subprocess.py", "_try_wait"),
    ("multiprocessing/process.py", "join"),
    ("multiprocessing/popen_fork.py", "poll"),
    ("multiprocessing/popen_fork.py", "wait"),
];

/// Whether a list of rules names a function.
pub(super) fn listed(rules: &[&str], function: &str) -> bool {
    rules.iter().any(|rule| match rule.strip_suffix('*') {
        Some(prefix) => function.starts_with(prefix),
        None => *rule == function,
    })
}

/// Whether a function of class wait is the system's, not CPython's.
pub(super) fn is_system_wait(function: &str) -> bool {
    [SYSTEM_LOCKS, SYSTEM_CALLS, SYSTEM_JOINS]
        .iter()
        .any(|rules| listed(rules, function))
}
