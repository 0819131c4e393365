//! The members of CPython's structures that are read, with the names that they have had.

use std::fmt;

/// Declares [`Field`]: each member with the places where it has stood, newest first. A place is the name of a structure
/// (its tag, or its `typedef` where it has none) and the members that lead to it; `#size` is the size of the structure.
macro_rules! fields {
    ($($(#[$doc:meta])* $name:ident = $first:literal $(| $other:literal)*;)+) => {
        /// A member of a structure.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub(in crate::stack::python) enum Field {
            $($(#[$doc])* $name,)+
        }

        impl Field {
            /// All of them, in the order of their numbers.
            pub(in crate::stack::python) const ALL: &[Self] = &[$(Self::$name,)+];

            /// Where it stands or has stood.
            pub(in crate::stack::python) const fn places(self) -> &'static [&'static str] {
                match self {
                    $(Self::$name => &[$first $(, $other)*],)+
                }
            }
        }
    };
}

fields! {
    // The runtime: `_PyRuntime` since 3.7.
    RuntimeInterpreters = "pyruntimestate.interpreters.head";
    RuntimeMainInterpreter = "pyruntimestate.interpreters.main";
    RuntimeFinalizing = "pyruntimestate._finalizing" | "pyruntimestate.finalizing";
    /// 3.7 to 3.11; an interpreter's own since 3.12.
    RuntimeGil = "pyruntimestate.ceval.gil";
    /// The thread that runs Python code, up to 3.11.
    RuntimeCurrentThread = "pyruntimestate.gilstate.tstate_current";
    /// 3.7 and 3.8.
    RuntimeCollecting = "pyruntimestate.gc.collecting";
    RuntimeRecursionLimit = "pyruntimestate.ceval.recursion_limit";

    GilLocked = "_gil_runtime_state.locked";
    GilLastHolder = "_gil_runtime_state.last_holder";
    /// Of a free-threaded build, which can have one all the same.
    GilEnabled = "_gil_runtime_state.enabled";

    InterpreterNext = "_is.next";
    InterpreterId = "_is.id";
    InterpreterThreads = "_is.threads.head" | "_is.tstate_head";
    /// A pointer, since 3.12.
    InterpreterGil = "_is.ceval.gil";
    /// Since 3.9.
    InterpreterCollecting = "_is.gc.collecting";
    InterpreterFinalizing = "_is._finalizing" | "_is.finalizing";
    InterpreterRecursionLimit = "_is.ceval.recursion_limit";
    /// `sys.modules`.
    InterpreterModules = "_is.imports.modules" | "_is.modules";

    ThreadNext = "_ts.next";
    ThreadInterpreter = "_ts.interp";
    /// Up to 3.10.
    ThreadFrame = "_ts.frame";
    /// 3.11 and 3.12.
    ThreadCFrame = "_ts.cframe";
    /// Since 3.13.
    ThreadCurrentFrame = "_ts.current_frame";
    /// `pthread_t`.
    ThreadIdent = "_ts.thread_id";
    /// The system's thread number, since 3.11.
    ThreadNativeId = "_ts.native_thread_id";
    /// Up to 3.10.
    ThreadRecursionDepth = "_ts.recursion_depth";
    ThreadRecursionRemaining = "_ts.py_recursion_remaining" | "_ts.recursion_remaining";
    ThreadRecursionLimit = "_ts.py_recursion_limit" | "_ts.recursion_limit";
    /// Attached, detached or suspended, since 3.13.
    ThreadState = "_ts.state";
    ThreadStatus = "_ts._status";
    /// Since 3.12.
    ThreadCurrentException = "_ts.current_exception";
    ThreadRaisedType = "_ts.curexc_type";
    ThreadRaisedValue = "_ts.curexc_value";
    /// Up to 3.6.
    ThreadHandledType = "_ts.exc_type";
    ThreadHandledValue = "_ts.exc_value";
    /// The innermost of the handled exceptions, since 3.7.
    ThreadHandled = "_ts.exc_info";
    /// Tasks of asyncio, in a circle that leads back here; since 3.14.
    ThreadTasks = "_PyThreadStateImpl.asyncio_tasks_head";
    HandledValue = "_err_stackitem.exc_value";
    HandledPrevious = "_err_stackitem.previous_item";
    /// Up to 3.11.
    ThreadRaisedTraceback = "_ts.curexc_traceback";
    /// Up to 3.6.
    ThreadHandledTraceback = "_ts.exc_traceback";

    CFrameCurrent = "_PyCFrame.current_frame" | "_cframe.current_frame";
    CFramePrevious = "_PyCFrame.previous" | "_cframe.previous";

    // The frame object that ran code up to 3.10.
    FrameBack = "_frame.f_back";
    FrameCode = "_frame.f_code";
    FrameLastInstruction = "_frame.f_lasti";
    FrameTrace = "_frame.f_trace";
    FrameLine = "_frame.f_lineno";
    FrameLocals = "_frame.f_localsplus";
    FrameValueStack = "_frame.f_valuestack";
    /// Up to 3.9: behind the last value of a suspended frame.
    FrameStackTop = "_frame.f_stacktop";
    /// 3.10: the count of values.
    FrameStackDepth = "_frame.f_stackdepth";
    FrameGenerator = "_frame.f_gen";
    /// What runs the code of a frame object, since 3.11.
    FrameCodeFrame = "_frame.f_frame";
    /// 3.10.
    FrameState = "_frame.f_state";

    // The frame that runs code since 3.11.
    CodeFramePrevious = "_PyInterpreterFrame.previous";
    CodeFrameCode = "_PyInterpreterFrame.f_executable" | "_PyInterpreterFrame.f_code";
    CodeFrameInstruction = "_PyInterpreterFrame.instr_ptr" | "_PyInterpreterFrame.prev_instr";
    CodeFrameOwner = "_PyInterpreterFrame.owner";
    /// 3.11: whether C code called it.
    CodeFrameIsEntry = "_PyInterpreterFrame.is_entry";
    CodeFrameLocals = "_PyInterpreterFrame.localsplus";
    /// Up to 3.13: the count of values with the locals.
    CodeFrameStackTop = "_PyInterpreterFrame.stacktop";
    /// Since 3.14.
    CodeFrameStackPointer = "_PyInterpreterFrame.stackpointer";
    /// Free-threaded, since 3.14.
    CodeFrameThreadLocalCode = "_PyInterpreterFrame.tlbc_index";

    CodeName = "PyCodeObject.co_name";
    /// Since 3.11.
    CodeQualifiedName = "PyCodeObject.co_qualname";
    CodeFile = "PyCodeObject.co_filename";
    CodeFirstLine = "PyCodeObject.co_firstlineno";
    CodeLines = "PyCodeObject.co_linetable" | "PyCodeObject.co_lnotab";
    /// `bytes`, up to 3.10.
    CodeBytes = "PyCodeObject.co_code";
    /// In the object itself, since 3.11.
    CodeInstructions = "PyCodeObject.co_code_adaptive";
    /// Free-threaded, since 3.14.
    CodeThreadLocal = "PyCodeObject.co_tlbc";
    CodeVariables = "PyCodeObject.co_localsplusnames" | "PyCodeObject.co_varnames";
    CodeVariableKinds = "PyCodeObject.co_localspluskinds";
    CodeCells = "PyCodeObject.co_cellvars";
    CodeFree = "PyCodeObject.co_freevars";
    CodeLocalCount = "PyCodeObject.co_nlocals";
    CodeArguments = "PyCodeObject.co_argcount";
    CodeKeywordArguments = "PyCodeObject.co_kwonlyargcount";
    CodeFlags = "PyCodeObject.co_flags";
    CodeStackSize = "PyCodeObject.co_stacksize";

    /// Of builds without the GIL: the thread that owns the object.
    ObjectOwner = "_object.ob_tid";
    ObjectReferences = "_object.ob_refcnt";
    ObjectType = "_object.ob_type";
    ObjectCount = "PyVarObject.ob_size";
    TypeName = "_typeobject.tp_name";
    TypeBasicSize = "_typeobject.tp_basicsize";
    TypeItemSize = "_typeobject.tp_itemsize";
    TypeFlags = "_typeobject.tp_flags";
    TypeBase = "_typeobject.tp_base";
    TypeDict = "_typeobject.tp_dict";
    TypeDictOffset = "_typeobject.tp_dictoffset";
    TypeCachedKeys = "_heaptypeobject.ht_cached_keys";
    /// Of a type that was made at run time; since 3.3.
    TypeQualifiedName = "_heaptypeobject.ht_qualname";

    AsciiLength = "PyASCIIObject.length";
    AsciiState = "PyASCIIObject.state";
    AsciiSize = "PyASCIIObject.#size";
    CompactSize = "PyCompactUnicodeObject.#size";
    /// Of a string that is not compact.
    UnicodeData = "PyUnicodeObject.data";
    /// `unicode` of 2.7.
    WideData = "PyUnicodeObject.str";
    WideLength = "PyUnicodeObject.length";
    /// `str` of 2.7.
    StringData = "PyStringObject.ob_sval";
    BytesData = "PyBytesObject.ob_sval";
    /// `int` of 2.7.
    IntValue = "PyIntObject.ob_ival";
    LongDigits = "_longobject.long_value.ob_digit" | "_longobject.ob_digit";
    /// Since 3.12.
    LongTag = "_longobject.long_value.lv_tag";
    FloatValue = "PyFloatObject.ob_fval";
    ListItems = "PyListObject.ob_item";
    TupleItems = "PyTupleObject.ob_item";
    DictUsed = "PyDictObject.ma_used";
    DictKeys = "PyDictObject.ma_keys";
    DictValues = "PyDictObject.ma_values";
    KeysSize = "_dictkeysobject.dk_size";
    KeysLog2Size = "_dictkeysobject.dk_log2_size";
    KeysLog2IndexBytes = "_dictkeysobject.dk_log2_index_bytes";
    KeysKind = "_dictkeysobject.dk_kind";
    KeysCount = "_dictkeysobject.dk_nentries";
    KeysIndices = "_dictkeysobject.dk_indices" | "_dictkeysobject.#size";
    /// The values of an object without a dictionary of its own, since 3.11.
    ValuesFirst = "_dictvalues.values";
    /// 2.7.
    DictTable = "_dictobject.ma_table";
    DictMask = "_dictobject.ma_mask";
    DictCount = "_dictobject.ma_used";
    SetTable = "PySetObject.table" | "_setobject.table";
    SetMask = "PySetObject.mask" | "_setobject.mask";
    SetUsed = "PySetObject.used" | "_setobject.used";

    ExceptionArguments = "PyBaseExceptionObject.args";
    ExceptionTraceback = "PyBaseExceptionObject.traceback";
    ExceptionContext = "PyBaseExceptionObject.context";
    ExceptionCause = "PyBaseExceptionObject.cause";
    ExceptionSuppress = "PyBaseExceptionObject.suppress_context";
    TracebackNext = "_traceback.tb_next";
    TracebackFrame = "_traceback.tb_frame";
    TracebackLine = "_traceback.tb_lineno";
    TracebackLastInstruction = "_traceback.tb_lasti";
    OsErrorFile = "PyOSErrorObject.filename" | "PyEnvironmentErrorObject.filename";

    GeneratorFrame = "PyGenObject.gi_iframe" | "PyGenObject.gi_frame";
    GeneratorState = "PyGenObject.gi_frame_state";
    GeneratorRunning = "PyGenObject.gi_running";
    GeneratorCode = "PyGenObject.gi_code";
    GeneratorName = "PyGenObject.gi_name";
    GeneratorQualifiedName = "PyGenObject.gi_qualname";

    ModuleDict = "PyModuleObject.md_dict";
    WeakReferenceObject = "_PyWeakReference.wr_object";
    CellContents = "PyCellObject.ob_ref";
    MethodSelf = "PyMethodObject.im_self";
    MethodFunction = "PyMethodObject.im_func";
    FunctionCode = "PyFunctionObject.func_code";
    LockLock = "lockobject.lock_lock" | "lockobject.lock";
    LockLocked = "lockobject.locked";
    RLockOwner = "rlockobject.rlock_owner" | "rlockobject.lock.thread";
    RLockCount = "rlockobject.rlock_count" | "rlockobject.lock.level";
    FunctionName = "PyFunctionObject.func_qualname" | "PyFunctionObject.func_name";
    BuiltinDefinition = "PyCFunctionObject.m_ml";
    BuiltinSelf = "PyCFunctionObject.m_self";
}

impl Field {
    /// Its place in a table of all.
    pub(in crate::stack::python) const fn number(self) -> usize {
        self as usize
    }

    /// The structures that it stands or has stood in.
    pub(super) fn structures(self) -> impl Iterator<Item = &'static str> {
        let places = self.places().iter();
        places.filter_map(|place| Some(place.split_once('.')?.0))
    }
}

/// By the newest of its names.
impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.places()[0])
    }
}
