//! `_Py_DebugOffsets` of a synthetic interpreter: its own layout, told as 3.13 and later tell it.

use super::image::Image;

/// The orders of `src/stack/python/layout/tables`, by minor number.
const ORDERS: [(u32, &str); 2] = [
    (
        13,
        include_str!("../../../src/stack/python/layout/tables/3.13.debug-offsets.txt"),
    ),
    (
        14,
        include_str!("../../../src/stack/python/layout/tables/3.14.debug-offsets.txt"),
    ),
];

/// Groups by the structures that they are of.
const STRUCTURES: [(&str, &str); 16] = [
    ("runtime_state", "pyruntimestate"),
    ("interpreter_state", "_is"),
    ("thread_state", "_ts"),
    ("interpreter_frame", "_PyInterpreterFrame"),
    ("code_object", "PyCodeObject"),
    ("pyobject", "_object"),
    ("type_object", "_typeobject"),
    ("tuple_object", "PyTupleObject"),
    ("list_object", "PyListObject"),
    ("set_object", "PySetObject"),
    ("dict_object", "PyDictObject"),
    ("float_object", "PyFloatObject"),
    ("long_object", "_longobject"),
    ("bytes_object", "PyBytesObject"),
    ("unicode_object", "PyASCIIObject"),
    ("gen_object", "PyGenObject"),
];

/// Members that tables name otherwise, behind the last dot or as a whole.
const RENAMED: [(&str, &str); 17] = [
    ("interpreters_head", "interpreters.head"),
    ("finalizing", "_finalizing"),
    ("threads_head", "threads.head"),
    ("imports_modules", "imports.modules"),
    ("ceval_gil", "ceval.gil"),
    ("status", "_status"),
    ("gc", "gc.collecting"),
    ("executable", "f_executable"),
    ("filename", "co_filename"),
    ("name", "co_name"),
    ("qualname", "co_qualname"),
    ("linetable", "co_linetable"),
    ("firstlineno", "co_firstlineno"),
    ("argcount", "co_argcount"),
    ("localsplusnames", "co_localsplusnames"),
    ("localspluskinds", "co_localspluskinds"),
    ("asciiobject_size", "#size"),
];

/// Where the lock would stand in an interpreter that has its own; of its members only the distance from there matters.
const GIL: u64 = 64;

impl Image {
    /// Puts the words to the start of the runtime.
    pub(super) fn tell_offsets(&mut self, runtime: u64) {
        let (major, minor) = self.series;
        let order = ORDERS.iter().find(|order| order.0 == minor);
        let (_, order) = order.expect("a series that tells its layout");
        let version = u64::from(major) << 24 | u64::from(minor) << 16 | 0xf0;
        let mut words = vec![u64::from_le_bytes(*b"xdebugpy"), version, 0];
        for line in order.lines().skip(1) {
            let mut names = line.split(' ');
            let group = names.next().expect("a group");
            words.extend(names.map(|member| self.figure(group, member)));
        }
        self.put_words(runtime, &words);
    }

    /// What stands for a member; 0 for those that are never read.
    fn figure(&self, group: &str, member: &str) -> u64 {
        let structure = STRUCTURES.iter().find(|known| known.0 == group);
        let structure = structure.map_or("", |known| known.1);
        let gil = |member| GIL + self.at(0, &format!("_gil_runtime_state.{member}"));
        match member {
            // Of objects that the table has a part of.
            "size" => self.size(structure).max(512),
            "gil_runtime_state" => GIL,
            "gil_runtime_state_locked" => gil("locked"),
            "gil_runtime_state_holder" => gil("last_holder"),
            "ob_size" => self.at(0, "PyVarObject.ob_size"),
            _ => {
                let renamed = RENAMED.iter().find(|known| known.0 == member);
                let names = [Some(member), renamed.map(|known| known.1)];
                let mut places = names.into_iter().flatten().flat_map(|name| {
                    let prefixed = ["", "long_value."].into_iter();
                    prefixed.map(move |prefix| format!("{structure}.{prefix}{name}"))
                });
                places.find_map(|place| self.find(&place)).unwrap_or(0)
            }
        }
    }
}
