//! Function names of an ELF file by address, for code that DWARF does not describe.

use object::elf::{
    STB_GLOBAL, STB_WEAK, STT_FUNC, STT_GNU_IFUNC, STT_NOTYPE, SymbolBind, SymbolType,
};
use object::read::elf::{ElfSymbol64, ElfSymbolTable64, Sym as _};
use object::{LittleEndian, Object as _, ObjectSection as _, ObjectSymbol, ObjectSymbolTable as _};

use crate::stack::modules::image::{Elf, Image};

/// Bytes of names that are read of one file: twice those of the largest programs. Symbols may share one long name.
const MOST_NAMES: usize = 1 << 30;

/// What a name without an end is taken to cost.
const ENDLESS: usize = 1 << 20;

/// Labels of one address that are looked at.
const MOST_ALIASES: usize = 1024;

/// Functions sorted by address.
#[derive(Debug, Default)]
pub(in crate::stack) struct SymbolTable<'f> {
    symbols: Vec<Symbol<'f>>,
}

#[derive(Debug, Clone, Copy)]
struct Symbol<'f> {
    address: u64,
    size: u64,
    /// Where its section ends: a label of no size names nothing behind it, where the linker's own code may stand.
    section_end: u64,
    name: &'f str,
    /// The lower, the better the name.
    rank: (u8, usize),
}

impl<'f> SymbolTable<'f> {
    /// Functions of `.symtab` and `.dynsym` of some files of one module.
    pub(in crate::stack) fn of<'i>(images: impl IntoIterator<Item = &'i Image<'f>>) -> Self
    where
        'f: 'i,
    {
        let mut symbols = Vec::new();
        for image in images {
            let named = named(image);
            symbols.extend(named.filter_map(|(symbol, name)| {
                let raw = symbol.elf_symbol();
                let kind = raw.st_type();
                let code = matches!(kind, STT_FUNC | STT_GNU_IFUNC)
                    // Labels of hand-written assembly; aarch64 marks code and data with `$x` and `$d`.
                    || (kind == STT_NOTYPE && !name.starts_with('$'));
                let defined = !raw.is_undefined(LittleEndian) && symbol.address() != 0;
                (code && defined).then(|| Symbol {
                    address: symbol.address(),
                    size: symbol.size(),
                    section_end: section_end(image.elf(), &symbol),
                    name,
                    rank: rank(raw.st_bind(), kind, name),
                })
            }));
        }
        symbols.sort_unstable_by_key(|symbol| (symbol.address, symbol.size == 0, symbol.rank));
        Self { symbols }
    }

    /// The address of a function, if only one has the name. Of several versions of a library's function it is the one
    /// that programs are linked with today (`sem_wait@@GLIBC_2.34`).
    #[must_use]
    pub(in crate::stack) fn named(&self, name: &str) -> Option<u64> {
        let current = |symbol: &&Symbol<'_>| {
            let version = symbol.name.strip_prefix(name);
            version.is_some_and(|version| version.starts_with("@@"))
        };
        let symbols = || self.symbols.iter();
        only(symbols().filter(current))
            .or_else(|| only(symbols().filter(|symbol| symbol.name == name)))
    }

    /// The function at an address; `None` in the gaps between functions, where static functions of stripped files are.
    #[must_use]
    pub(in crate::stack) fn at(&self, address: u64) -> Option<&'f str> {
        let next = self
            .symbols
            .partition_point(|symbol| symbol.address <= address);
        // A label within a function, or an alias of its cold part, may stand between its start and the address.
        let mut before = self.symbols[..next].iter().rev().take(32);
        let holds = |symbol: &&Symbol<'_>| {
            symbol.address == address || address - symbol.address < symbol.size
        };
        let start = before.find(holds).map(|symbol| symbol.address);
        // The nearest label, if nothing of a known size lies between.
        let start = start.or_else(|| {
            let nearest = self.symbols.get(next.checked_sub(1)?)?;
            let here = self.symbols[..next].iter().rev();
            let here = here.take_while(|symbol| symbol.address == nearest.address);
            let mut here = here.take(MOST_ALIASES);
            here.all(|symbol| symbol.size == 0 && address < symbol.section_end)
                .then_some(nearest.address)
        })?;
        let first = self
            .symbols
            .partition_point(|symbol| symbol.address < start);
        self.symbols.get(first).map(|symbol| symbol.name)
    }
}

/// A symbol and its name.
pub(in crate::stack) type Named<'f, 'i> = (ElfSymbol64<'f, 'i, LittleEndian, &'f [u8]>, &'f str);

/// Symbols of a file that have names, of `.symtab`, then of `.dynsym`.
pub(in crate::stack) fn named<'i, 'f>(image: &'i Image<'f>) -> impl Iterator<Item = Named<'f, 'i>> {
    let elf = image.elf();
    names([elf.symbol_table(), elf.dynamic_symbol_table()])
}

/// Those of `.dynsym` alone.
pub(in crate::stack) fn exported<'i, 'f>(
    image: &'i Image<'f>,
) -> impl Iterator<Item = Named<'f, 'i>> {
    names([image.elf().dynamic_symbol_table()])
}

fn names<'i, 'f: 'i>(
    tables: impl IntoIterator<Item = Option<ElfSymbolTable64<'f, 'i, LittleEndian, &'f [u8]>>>,
) -> impl Iterator<Item = Named<'f, 'i>> {
    let mut left = MOST_NAMES;
    let symbols = tables.into_iter().flatten();
    let symbols = symbols.flat_map(|table| table.symbols());
    let names = symbols.map_while(move |symbol| {
        let name = symbol.name_bytes();
        left = left.checked_sub(name.map_or(ENDLESS, <[u8]>::len))?;
        Some((symbol, name.ok().and_then(|name| str::from_utf8(name).ok())))
    });
    names.filter_map(|(symbol, name)| Some((symbol, name.filter(|name| !name.is_empty())?)))
}

fn section_end<'f>(elf: &Elf<'f>, symbol: &impl ObjectSymbol<'f>) -> u64 {
    let section = symbol.section_index();
    let section = section.and_then(|index| elf.section_by_index(index).ok());
    section.map_or(u64::MAX, |section| {
        section.address().saturating_add(section.size())
    })
}

/// The address that all of some symbols have.
fn only<'s, 'f: 's>(mut symbols: impl Iterator<Item = &'s Symbol<'f>>) -> Option<u64> {
    let address = symbols.next()?.address;
    symbols
        .all(|other| other.address == address)
        .then_some(address)
}

/// Of several names of one address: functions before labels, exported before weak before local, then the one with
/// fewer leading underscores, as users know it.
fn rank(bind: SymbolBind, kind: SymbolType, name: &str) -> (u8, usize) {
    let bind = match bind {
        STB_GLOBAL => 0,
        STB_WEAK => 1,
        _ => 2,
    };
    let label = u8::from(kind == STT_NOTYPE) * 4;
    (
        label + bind,
        name.len() - name.trim_start_matches('_').len(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stack::Files;
    use crate::synthetic::core::X86_64;
    use crate::synthetic::program::Program;

    const LOCAL: u8 = 0x02;
    const GLOBAL: u8 = 0x12;
    const WEAK: u8 = 0x22;
    const LABEL: u8 = 0x10;
    const OBJECT: u8 = 0x11;

    /// A file with symbols: name, binding and type, address, size.
    fn file(symbols: &[(&str, u8, u64, u64)]) -> Vec<u8> {
        Program::new(X86_64, &[0x90; 64])
            .symbols(".symtab", symbols)
            .build()
    }

    fn with(symbols: &[(&str, u8, u64, u64)], check: impl FnOnce(&SymbolTable<'_>)) {
        let files = Files::default();
        let image = Image::parse(&files, files.keep(file(symbols))).unwrap();
        check(&SymbolTable::of([&image]));
    }

    #[test]
    fn the_function_at_an_address() {
        let symbols = [
            ("sink", GLOBAL, 0x1000, 16),
            ("sink.cold", LOCAL, 0x1008, 4),
            ("data", OBJECT, 0x1020, 16),
            ("label", LABEL, 0x1030, 0),
            ("end", GLOBAL, u64::MAX - 7, 16),
            ("nothing", GLOBAL, 0, 16),
        ];
        with(&symbols, |table| {
            for (address, name) in [
                (0, None),
                (0xfff, None),
                (0x1000, Some("sink")),
                (0x1008, Some("sink.cold")),
                (0x100f, Some("sink")),
                (0x1020, None),
                (0x1030, Some("label")),
                (0x1050, Some("label")),
                (u64::MAX - 7, Some("end")),
                (u64::MAX, Some("end")),
            ] {
                assert_eq!(table.at(address), name, "{address:#x}");
            }
        });
    }

    #[test]
    fn the_best_of_several_names() {
        for (others, best) in [
            (
                &[("__wait", GLOBAL), ("wait", GLOBAL), ("_wait", GLOBAL)][..],
                "wait",
            ),
            (&[("wait", WEAK), ("__wait", GLOBAL)], "__wait"),
            (&[("wait", LOCAL), ("__wait", WEAK)], "__wait"),
            (&[("wait", LABEL), ("__wait", LOCAL)], "__wait"),
        ] {
            let symbols: Vec<_> = others
                .iter()
                .map(|&(name, info)| (name, info, 0x1000, 16))
                .collect();
            with(&symbols, |table| assert_eq!(table.at(0x1004), Some(best)));
        }
        // One without a size goes behind.
        let symbols = [("start", GLOBAL, 0x1000, 0), ("__start", LOCAL, 0x1000, 16)];
        with(&symbols, |table| {
            assert_eq!(table.at(0x1004), Some("__start"))
        });
    }

    #[test]
    fn addresses_of_names() {
        let symbols = [
            ("wait@GLIBC_2.2", GLOBAL, 0x1000, 8),
            ("wait@@GLIBC_2.34", GLOBAL, 0x1010, 8),
            ("sink", GLOBAL, 0x1020, 8),
            ("twice", LOCAL, 0x1030, 8),
            ("twice", LOCAL, 0x1038, 8),
        ];
        with(&symbols, |table| {
            for (name, address) in [
                ("wait", Some(0x1010)),
                ("sink", Some(0x1020)),
                ("twice", None),
                ("wai", None),
                ("", None),
            ] {
                assert_eq!(table.named(name), address, "{name}");
            }
        });
    }

    /// Names that share their ends, as a hostile table's: the work has a bound.
    #[test]
    fn long_names_end() {
        let name = "x".repeat(16 << 20);
        let symbols = vec![("", GLOBAL, 0x1000, 8); 1000];
        let mut file = file(&[&[(&name[..], GLOBAL, 0x1000, 8)], &symbols[..]].concat());
        // The symbols' table is behind the code; each now names the first.
        for at in 1..=1000 {
            let place = 0x1040 + 24 * (at + 1);
            file[place..place + 4].copy_from_slice(&1_u32.to_le_bytes());
        }
        let files = Files::default();
        let image = Image::parse(&files, files.keep(file)).unwrap();
        assert_eq!(named(&image).count(), 64);
    }
}
