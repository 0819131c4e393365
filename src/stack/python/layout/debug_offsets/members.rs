//! The names that `_Py_DebugOffsets` has for members.

use super::super::Field;

/// The group and the name there of a member.
pub(super) fn figure(field: Field) -> Option<(&'static str, &'static str)> {
    Some(match field {
        Field::RuntimeInterpreters => ("runtime_state", "interpreters_head"),
        Field::RuntimeFinalizing => ("runtime_state", "finalizing"),
        Field::InterpreterId => ("interpreter_state", "id"),
        Field::InterpreterNext => ("interpreter_state", "next"),
        Field::InterpreterThreads => ("interpreter_state", "threads_head"),
        Field::InterpreterModules => ("interpreter_state", "imports_modules"),
        Field::InterpreterGil => ("interpreter_state", "ceval_gil"),
        // It counts from the start of the GIL, unlike the others.
        Field::GilEnabled => ("interpreter_state", "gil_runtime_state_enabled"),
        Field::ThreadNext => ("thread_state", "next"),
        Field::ThreadInterpreter => ("thread_state", "interp"),
        Field::ThreadCurrentFrame => ("thread_state", "current_frame"),
        Field::ThreadIdent => ("thread_state", "thread_id"),
        Field::ThreadNativeId => ("thread_state", "native_thread_id"),
        Field::ThreadStatus => ("thread_state", "status"),
        Field::ThreadCurrentException => ("thread_state", "current_exception"),
        Field::HandledValue => ("err_stackitem", "exc_value"),
        Field::CodeFramePrevious => ("interpreter_frame", "previous"),
        Field::CodeFrameCode => ("interpreter_frame", "executable"),
        Field::CodeFrameInstruction => ("interpreter_frame", "instr_ptr"),
        Field::CodeFrameLocals => ("interpreter_frame", "localsplus"),
        Field::CodeFrameOwner => ("interpreter_frame", "owner"),
        Field::CodeFrameStackPointer => ("interpreter_frame", "stackpointer"),
        Field::CodeFrameThreadLocalCode => ("interpreter_frame", "tlbc_index"),
        _ => return of_object(field),
    })
}

/// Those of objects.
fn of_object(field: Field) -> Option<(&'static str, &'static str)> {
    Some(match field {
        Field::CodeName => ("code_object", "name"),
        Field::CodeQualifiedName => ("code_object", "qualname"),
        Field::CodeFile => ("code_object", "filename"),
        Field::CodeFirstLine => ("code_object", "firstlineno"),
        Field::CodeLines => ("code_object", "linetable"),
        Field::CodeInstructions => ("code_object", "co_code_adaptive"),
        Field::CodeThreadLocal => ("code_object", "co_tlbc"),
        Field::CodeVariables => ("code_object", "localsplusnames"),
        Field::CodeVariableKinds => ("code_object", "localspluskinds"),
        Field::CodeArguments => ("code_object", "argcount"),
        Field::ObjectType => ("pyobject", "ob_type"),
        Field::ObjectCount => ("tuple_object", "ob_size"),
        Field::TypeName => ("type_object", "tp_name"),
        Field::TypeFlags => ("type_object", "tp_flags"),
        Field::TypeBasicSize => ("type_object", "tp_basicsize"),
        Field::TypeDictOffset => ("type_object", "tp_dictoffset"),
        Field::TypeCachedKeys => ("heap_type_object", "ht_cached_keys"),
        Field::AsciiLength => ("unicode_object", "length"),
        Field::AsciiState => ("unicode_object", "state"),
        Field::AsciiSize => ("unicode_object", "asciiobject_size"),
        Field::BytesData => ("bytes_object", "ob_sval"),
        Field::LongDigits => ("long_object", "ob_digit"),
        Field::LongTag => ("long_object", "lv_tag"),
        Field::FloatValue => ("float_object", "ob_fval"),
        Field::ListItems => ("list_object", "ob_item"),
        Field::TupleItems => ("tuple_object", "ob_item"),
        Field::DictKeys => ("dict_object", "ma_keys"),
        Field::DictValues => ("dict_object", "ma_values"),
        Field::SetTable => ("set_object", "table"),
        Field::SetMask => ("set_object", "mask"),
        Field::SetUsed => ("set_object", "used"),
        Field::GeneratorFrame => ("gen_object", "gi_iframe"),
        Field::GeneratorState => ("gen_object", "gi_frame_state"),
        Field::GeneratorName => ("gen_object", "gi_name"),
        _ => return None,
    })
}
