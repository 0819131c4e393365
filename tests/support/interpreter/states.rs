//! The state of a synthetic interpreter: its runtime, interpreters, threads and modules.

use super::image::Image;

/// A thread state without frames.
pub(super) fn thread(image: &mut Image, ident: u64) -> u64 {
    // `_PyThreadStateImpl` begins with it.
    let size = image.size("_ts").max(image.size("_PyThreadStateImpl"));
    let thread = image.room(size);
    image.set(thread, "_ts.thread_id", ident);
    if image.find("_ts.cframe").is_some() {
        let cframe = image.words(&[0; 4]);
        image.set(thread, "_ts.cframe", cframe);
    }
    if image.find("_ts.exc_info").is_some() {
        let item = image.structure("_err_stackitem");
        image.set(thread, "_ts.exc_info", item);
    }
    thread
}

/// Gives a thread its innermost frame.
pub(super) fn enter(image: &mut Image, thread: u64, frame: u64) {
    if image.find("_PyCFrame.current_frame").is_some() {
        let cframe = image.get(thread, "_ts.cframe");
        image.set(cframe, "_PyCFrame.current_frame", frame);
    } else {
        image.set(thread, "_ts.current_frame | _ts.frame", frame);
    }
}

/// Sets the error indicator of a thread that handles another exception.
pub(super) fn raise(image: &mut Image, thread: u64, exception: u64, handled: u64) {
    let class = |image: &Image, object| image.get(object, "_object.ob_type");
    if image.find("_ts.current_exception").is_some() {
        image.set(thread, "_ts.current_exception", exception);
    } else {
        image.set(thread, "_ts.curexc_type", class(image, exception));
        image.set(thread, "_ts.curexc_value", exception);
    }
    if image.find("_ts.exc_info").is_some() {
        let item = image.get(thread, "_ts.exc_info");
        image.set(item, "_err_stackitem.exc_value", handled);
    } else {
        image.set(thread, "_ts.exc_type", class(image, handled));
        image.set(thread, "_ts.exc_value", handled);
    }
}

/// An interpreter with its threads.
pub(super) fn interpreter(image: &mut Image, id: u64, next: u64, threads: &[u64]) -> u64 {
    let interpreter = image.structure("_is");
    image.set_any(interpreter, "_is.id", id);
    image.set(interpreter, "_is.next", next);
    image.set(
        interpreter,
        "_is.threads.head | _is.tstate_head",
        threads[0],
    );
    for (place, &thread) in threads.iter().enumerate() {
        image.set(thread, "_ts.interp", interpreter);
        let next = threads.get(place + 1).copied();
        image.set(thread, "_ts.next", next.unwrap_or(0));
    }
    interpreter
}

/// `sys.modules` with `threading`, which knows one thread's name, and `asyncio.tasks`, which knows a task.
pub(super) fn modules(image: &mut Image, ident: u64, awaited: u64) -> u64 {
    let attribute = if image.series.0 < 3 {
        "_Thread__name"
    } else {
        "_name"
    };
    let name = image.string("helm");
    let thread = image.with_members("Thread", &[(attribute, name)]);
    let ident = image.int(ident);
    let active = image.dict(&[(ident, thread)]);
    let threading = image.with_members("module", &[("_active", active)]);
    let tasks = image.asyncio(awaited);
    let names = ["threading", "asyncio.tasks"].map(|name| image.string(name));
    image.dict(&[(names[0], threading), (names[1], tasks)])
}

/// Names and addresses.
pub(crate) type Symbols = Vec<(&'static str, u64)>;

/// The runtime, or the variables that stood for it up to 3.6, with the lock, which a thread of the main interpreter has.
pub(super) fn runtime(image: &mut Image, interpreters: [u64; 2], holder: u64) -> (u64, Symbols) {
    if image.series < (3, 7) {
        let head = image.words(&[interpreters[0]]);
        let current = image.words(&[holder]);
        let symbols = vec![("interp_head", head), ("_PyThreadState_Current", current)];
        return (head, symbols);
    }
    let runtime = image.structure("pyruntimestate");
    image.set(runtime, "pyruntimestate.interpreters.head", interpreters[0]);
    image.set(runtime, "pyruntimestate.interpreters.main", interpreters[1]);
    image.set_any(runtime, "pyruntimestate.gilstate.tstate_current", holder);
    let gil = match image.find("pyruntimestate.ceval.gil") {
        Some(offset) => runtime + offset,
        None => {
            let gil = image.structure("_gil_runtime_state");
            image.set(interpreters[1], "_is.ceval.gil", gil);
            gil
        }
    };
    image.set(gil, "_gil_runtime_state.last_holder", holder);
    image.set_int(gil, "_gil_runtime_state.locked", 1);
    (runtime, vec![("_PyRuntime", runtime)])
}
