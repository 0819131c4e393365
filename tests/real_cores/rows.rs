//! Lines that two tools read differently out of the same table.
//!
//! Several rows of a line table may begin at one address. The last of them holds, which binutils, elfutils and we take.
//! gdb takes the last that begins a statement (`is_stmt`) and passes over one that does not
//! (`gdb/buildsym.c`, `end_compunit_symtab_with_blockvector`; `gdb/symtab.c`, `find_pc_sect_line`), and over those that
//! follow with the same line and differ in their discriminators alone (`gdb/dwarf2/line-program.c`,
//! `dwarf_record_line_p`).

use std::fs;
use std::path::PathBuf;
use std::rc::Rc;

use fixtrail::stack::{Found, ModuleInfo, Process};
use gimli::{Dwarf, EndianRcSlice, LittleEndian, Reader as _, Unit};
use object::{Object as _, ObjectSection as _, ObjectSegment as _};

use super::agreement::Step;

type Bytes = EndianRcSlice<LittleEndian>;

/// The line tables of a process's modules.
#[derive(Debug)]
pub(super) struct Rows {
    modules: Vec<ModuleInfo>,
}

/// File, line, and whether a statement begins.
type Row = ((String, u32), bool);

impl Rows {
    pub(super) fn of(process: &Process) -> Self {
        let modules = process.modules.clone();
        Self { modules }
    }

    /// Whether both lines begin at the same address, ours in the last row and theirs in one that begins a statement.
    pub(super) fn explain(&self, ours: &Step, theirs: &Step) -> bool {
        let Some(rows) = ours.address.and_then(|address| {
            let interrupted = matches!(ours.found, Found::Registers | Found::SignalContext);
            self.at(address - u64::from(!interrupted))
        }) else {
            return false;
        };
        let is = |step: &Step, row: &Row| step.line.as_ref() == Some(&row.0);
        rows.last().is_some_and(|row| is(ours, row) && !row.1)
            && rows.iter().any(|row| is(theirs, row) && row.1)
    }

    fn at(&self, address: u64) -> Option<Vec<Row>> {
        let mut modules = self.modules.iter();
        let module = modules.find(|module| (module.start..module.end).contains(&address))?;
        let data = fs::read(file_with_lines(module)?).ok()?;
        let elf = object::File::parse(&*data).ok()?;
        let first = elf.segments().next()?.address();
        let in_file = address - module.start + (first - first % 4096);
        let load = |id: gimli::SectionId| {
            let section = elf.section_by_name(id.name());
            let data = section.and_then(|section| section.uncompressed_data().ok());
            let data = Rc::from(data.unwrap_or_default());
            Ok::<_, gimli::Error>(EndianRcSlice::new(data, LittleEndian))
        };
        let dwarf = Dwarf::load(load).ok()?;
        let mut headers = dwarf.units();
        while let Ok(Some(header)) = headers.next() {
            let unit = dwarf.unit(header).ok()?;
            if let Some(rows) = rows_of(&dwarf, &unit, in_file) {
                return Some(rows);
            }
        }
        None
    }
}

/// The program, or its debug file where Debian installs it.
fn file_with_lines(module: &ModuleInfo) -> Option<PathBuf> {
    let program = PathBuf::from(module.file.as_ref()?);
    let data = fs::read(&program).ok()?;
    let elf = object::File::parse(&*data).ok()?;
    if elf.section_by_name(".debug_line").is_some() {
        return Some(program);
    }
    let (first, rest) = module.build_id.as_ref()?.split_at_checked(2)?;
    let name = format!("/usr/lib/debug/.build-id/{first}/{rest}.debug");
    Some(PathBuf::from(name))
}

/// The rows that begin where the line of an address does.
fn rows_of(dwarf: &Dwarf<Bytes>, unit: &Unit<Bytes>, address: u64) -> Option<Vec<Row>> {
    let (program, sequences) = unit.line_program.clone()?.sequences().ok()?;
    let mut sequences = sequences.iter();
    let sequence = sequences.find(|sequence| (sequence.start..sequence.end).contains(&address))?;
    let mut found: Vec<Row> = Vec::new();
    let mut start = 0;
    let mut rows = program.resume_from(sequence);
    while let Ok(Some((header, row))) = rows.next_row() {
        if row.address() > address {
            break;
        }
        let file = row.file(header)?.path_name();
        let path = dwarf
            .attr_string(unit, file)
            .ok()?
            .to_slice()
            .ok()?
            .to_vec();
        let path = String::from_utf8_lossy(&path).into_owned();
        let name = path.rsplit('/').next().unwrap_or_default().to_owned();
        let line = row.line().map_or(0, |line| line.get());
        let line = (name, u32::try_from(line).ok()?);
        if row.address() > start {
            start = row.address();
            if found.last().is_some_and(|(before, _)| *before == line) {
                continue;
            }
            found.clear();
        }
        found.push((line, row.is_stmt()));
    }
    Some(found)
}
