//! The variables that a symbol table names.

use object::ObjectSymbol as _;

use super::Globals;
use crate::stack::modules::image::Image;
use crate::stack::symbols::symbol_table::{self, Named};

/// Those that are looked for; the places in [`Variables`].
const NAMES: [&str; 9] = [
    "_PyRuntime",
    "interp_head",
    "_PyThreadState_Current",
    "gil_locked",
    "gil_last_holder",
    "collecting",
    "_Py_Finalizing",
    "_Py_CheckRecursionLimit",
    "import_lock_thread",
];

/// Addresses in the process.
#[derive(Debug, Clone, Default)]
pub(super) struct Variables([Option<u64>; NAMES.len()]);

impl Variables {
    /// Adds what a program or its debug file names. Of 3.7 and later all is in `_PyRuntime`, which programs export: then
    /// the larger table is not read.
    pub(super) fn add(&mut self, image: &Image<'_>, bias: u64) {
        self.add_symbols(symbol_table::exported(image), bias);
        if self.runtime().is_none() {
            self.add_symbols(symbol_table::named(image), bias);
        }
    }

    fn add_symbols<'i, 'f: 'i>(&mut self, symbols: impl Iterator<Item = Named<'f, 'i>>, bias: u64) {
        for (symbol, name) in symbols {
            let place = NAMES.iter().position(|known| *known == name);
            let place = place.filter(|_| symbol.is_definition());
            if let Some(known) = place.and_then(|place| self.0.get_mut(place)) {
                known.get_or_insert(symbol.address().wrapping_add(bias));
            }
        }
    }

    /// `_PyRuntime`.
    pub(super) fn runtime(&self) -> Option<u64> {
        self.0[0]
    }

    /// `interp_head` of interpreters without `_PyRuntime`.
    pub(super) fn interpreters(&self) -> Option<u64> {
        self.0[1].filter(|_| self.runtime().is_none())
    }

    /// The others.
    pub(super) fn globals(&self) -> Globals {
        let [
            _,
            _,
            current_thread,
            gil_locked,
            gil_last_holder,
            collecting,
            finalizing,
            recursion_limit,
            import_lock_thread,
        ] = self.0;
        Globals {
            current_thread,
            gil_locked,
            gil_last_holder,
            collecting,
            finalizing,
            recursion_limit,
            import_lock_thread,
        }
    }
}
