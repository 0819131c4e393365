//! Real cores, made on the spot, as other tools read them: gdb, eu-stack and pystack must name the same functions in the
//! same order, and where they do not, a rule here says why.

mod aarch64;
mod agreement;
mod arguments;
mod calls;
mod compiled;
mod debug_files;
mod frames;
mod interpreter;
mod languages;
mod pythons;
mod rows;
mod sections;
mod tasks;
mod tools;
mod values;
