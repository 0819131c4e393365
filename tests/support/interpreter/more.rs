//! One of each sort of object, and a task of asyncio.

use super::image::Image;

impl Image {
    /// Objects that are shown each in its own way.
    pub(super) fn one_of_each(&mut self) -> Vec<u64> {
        let none = self.object("NoneType", 16);
        let truth = self.int(1);
        let bool_class = self.class("bool");
        self.set(truth, "_object.ob_type", bool_class);
        let float = self.object("float", 32);
        self.set(float, "PyFloatObject.ob_fval", 1.5_f64.to_bits());
        let (key, value) = (self.string("port"), self.int(1 << 40));
        let dict = self.dict(&[(key, value)]);
        let bytes = self.byte_string(b"log");
        let function = self.function("reef");
        let generator = self.generator("generator", "tides", none);
        vec![
            none,
            truth,
            float,
            dict,
            bytes,
            self.set_object(&[value]),
            function,
            self.method(function, float),
            self.builtin("furl", none),
            self.class("Thread"),
            generator,
            self.object("_thread.lock", 48),
        ]
    }

    /// A `set` of a few objects.
    pub(super) fn set_object(&mut self, items: &[u64]) -> u64 {
        // Key and hash, which 2.7 has the other way round.
        let entry = |&item: &u64| {
            if self.series.0 < 3 {
                [1, item]
            } else {
                [item, 1]
            }
        };
        let entries: Vec<u64> = items.iter().flat_map(entry).collect();
        let table = self.words(&entries);
        let set = self.object("set", 64);
        self.set(set, "PySetObject.used", items.len() as u64);
        self.set(set, "PySetObject.mask", items.len() as u64 - 1);
        self.set(set, "PySetObject.table", table);
        set
    }

    fn function(&mut self, name: &str) -> u64 {
        let code = self.code(name, "/nowhere/crew.py", 40, (0, &[]));
        let name = self.string(name);
        let function = self.object("function", 160);
        let places = "PyFunctionObject.func_qualname | PyFunctionObject.func_name";
        self.set(function, places, name);
        self.set(function, "PyFunctionObject.func_code", code);
        function
    }

    fn method(&mut self, function: u64, bound: u64) -> u64 {
        let class = if self.series.0 < 3 {
            "instancemethod"
        } else {
            "method"
        };
        let method = self.object(class, 48);
        self.set(method, "PyMethodObject.im_func", function);
        self.set(method, "PyMethodObject.im_self", bound);
        method
    }

    fn builtin(&mut self, name: &str, bound: u64) -> u64 {
        let name = self.data(name.as_bytes());
        let definition = self.words(&[name]);
        let builtin = self.object("builtin_function_or_method", 48);
        self.set(builtin, "PyCFunctionObject.m_ml", definition);
        self.set(builtin, "PyCFunctionObject.m_self", bound);
        builtin
    }

    /// `asyncio.tasks` with one task: `look_out` awaits `listen`, and that awaits an object.
    pub(super) fn asyncio(&mut self, awaited: u64) -> u64 {
        let inner = self.generator("coroutine", "listen", awaited);
        let outer = self.generator("coroutine", "look_out", inner);
        let name = self.string("watch");
        let task = self.with_members("Task", &[("_coro", outer), ("_name", name)]);
        let reference = self.object("weakref", 64);
        self.set(reference, "_PyWeakReference.wr_object", task);
        let data = self.set_object(&[reference]);
        let tasks = self.with_members("WeakSet", &[("data", data)]);
        self.with_members("module", &[("_all_tasks", tasks)])
    }

    /// An object with attributes.
    pub(super) fn with_members(&mut self, class: &'static str, members: &[(&str, u64)]) -> u64 {
        let members: Vec<_> = members
            .iter()
            .map(|&(name, value)| (self.string(name), value))
            .collect();
        let members = self.dict(&members);
        let object = self.object(class, 64);
        let dict = self.at(0, "PyModuleObject.md_dict");
        self.put_words(object + dict, &[members]);
        let class = self.class(class);
        self.set(class, "_typeobject.tp_dictoffset", dict);
        object
    }
}
