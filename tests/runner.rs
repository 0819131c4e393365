//! One test binary, a module per command or stage.
