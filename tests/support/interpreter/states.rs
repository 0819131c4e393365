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

/// Sets the error indicator of a thread.
pub(super) fn raise(image: &mut Image, thread: u64, exception: u64) {
    if image.find("_ts.current_exception").is_some() {
        image.set(thread, "_ts.current_exception", exception);
    } else {
        let class = image.get(exception, "_object.ob_type");
        image.set(thread, "_ts.curexc_type", class);
        image.set(thread, "_ts.curexc_value", exception);
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

/// `sys.modules` with `threading`, which knows one thread's name.
pub(super) fn modules(image: &mut Image, ident: u64) -> u64 {
    let attribute = if image.series.0 < 3 {
        "_Thread__name"
    } else {
        "_name"
    };
    let (attribute, name) = (image.string(attribute), image.string("helm"));
    let members = image.dict(&[(attribute, name)]);
    let thread = with_dict(image, "Thread", members);
    let ident = image.int(ident);
    let active = image.dict(&[(ident, thread)]);
    let name = image.string("_active");
    let members = image.dict(&[(name, active)]);
    let module = with_dict(image, "module", members);
    let name = image.string("threading");
    image.dict(&[(name, module)])
}

/// An object whose attributes are those of a dictionary.
fn with_dict(image: &mut Image, class: &'static str, members: u64) -> u64 {
    let object = image.object(class, 64);
    let dict = image.find("PyModuleObject.md_dict").unwrap_or(16);
    image.put_words(object + dict, &[members]);
    let class = image.class(class);
    image.set(class, "_typeobject.tp_dictoffset", dict);
    object
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
