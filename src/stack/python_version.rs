//! The version of the CPython that a process runs, exactly: `3.9.0b1` is not `3.9.0`.

use std::sync::LazyLock;

use fixtrail_index::Version;
use object::ObjectSymbol as _;
use regex::bytes::Regex;

use super::modules::{Module, Modules};
use super::symbols::symbol_table::{self, Named};
use crate::evidence::Sighting;

/// How much of a module's data is looked through.
const SEARCHED: u64 = 8 << 20;

/// How much of all data; a process has one or two interpreters.
const SEARCHED_TOGETHER: u64 = 64 << 20;

/// Modules that are named like an interpreter.
const MOST_INTERPRETERS: usize = 16;

/// What `Py_GetVersion` has put together: `3.9.0b1 (default, May 26 2020, 10:01:02) \n[GCC 10.1.1]`
/// (`Python/getversion.c`). It stands in memory since `Py_Initialize`, as `sys.version` is made of it.
static BANNER: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"([23]\.[0-9]{1,2}\.[0-9]{1,2}(?:(?:a|b|rc)[0-9]{1,2})?\+?) (?:experimental free-threading build )?\([^\x00)]{1,100}\) ?\n?\[[A-Za-z]").ok()
});

/// `libpython3.9.so.1.0`, `python3.13t`.
static NAME: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"^(?:lib)?python([23]\.[0-9]{1,2})[a-z]*(?:\.so|$)").ok());

/// Modules that may be a CPython: those that are named like one, and the executable, which may embed a static one under
/// another name.
pub(super) fn interpreters<'m, 'f>(modules: &'m Modules<'f>) -> Vec<&'m Module<'f>> {
    let named = modules
        .list()
        .iter()
        .filter(|module| series(module).is_some());
    let executable = modules.core().executable();
    let others = modules
        .list()
        .iter()
        .filter(|module| Some(&module.path) == executable.as_ref() && series(module).is_none());
    named
        .take(MOST_INTERPRETERS)
        .chain(others.take(MOST_INTERPRETERS))
        .collect()
}

/// `3.9` of `libpython3.9.so.1.0`.
fn series(module: &Module<'_>) -> Option<String> {
    let name = NAME.as_ref()?.captures(module.name().as_bytes())?;
    Some(String::from_utf8_lossy(&name[1]).into_owned())
}

/// What a core shows of its Python's version, the surest first; empty if it ran none.
pub fn sightings(modules: &Modules<'_>) -> Vec<Sighting> {
    let mut found = Vec::new();
    let interpreters = interpreters(modules);
    let mut left = SEARCHED_TOGETHER;
    for module in &interpreters {
        found.extend(by_symbol(modules, module));
        found.extend(by_banner(modules, module, &mut left));
    }
    found.extend(interpreters.iter().filter_map(|module| {
        Some(Sighting {
            version: series(module)?.parse().ok()?,
            seen_in: module.name().to_owned(),
            exact: false,
        })
    }));
    let mut seen = Vec::new();
    found.retain(|sighting| {
        let new = !seen.contains(&sighting.version);
        seen.push(sighting.version.clone());
        new
    });
    found
}

/// `Py_Version` of 3.11 and later: `PY_VERSION_HEX` (`Python/getversion.c`, `Include/patchlevel.h`).
fn by_symbol<'f>(modules: &Modules<'f>, module: &Module<'f>) -> Option<Sighting> {
    let opened = modules.open(module);
    let image = opened.image.as_ref()?;
    let is_version =
        |(symbol, name): &Named<'_, '_>| *name == "Py_Version" && symbol.is_definition();
    // Most programs export it, and that table is the smaller one.
    let exported = symbol_table::exported(image).find(is_version);
    let (symbol, _) = exported.or_else(|| symbol_table::named(image).find(is_version))?;
    let address = symbol.address().wrapping_add(opened.bias);
    let bytes = modules.code::<8>(address)?;
    let version = from_hex(u64::from_le_bytes(bytes))?;
    Some(Sighting {
        seen_in: format!("Py_Version of {}", module.name()),
        version: version.parse().ok()?,
        exact: true,
    })
}

/// `0x030900b1` is 3.9.0b1.
fn from_hex(hex: u64) -> Option<String> {
    let byte = |shift: u32| hex >> shift & 0xff;
    let (major, minor, micro) = (byte(24), byte(16), byte(8));
    let serial = hex & 0xf;
    let release = match hex >> 4 & 0xf {
        0xa => format!("a{serial}"),
        0xb => format!("b{serial}"),
        0xc => format!("rc{serial}"),
        0xf => String::new(),
        _ => return None,
    };
    (major == 3).then(|| format!("{major}.{minor}.{micro}{release}"))
}

/// The banner in the module's own data, where `Py_GetVersion` keeps it.
fn by_banner<'f>(modules: &Modules<'f>, module: &Module<'f>, left: &mut u64) -> Option<Sighting> {
    data(modules, module, left).find_map(|(_, bytes)| {
        let hit = BANNER.as_ref()?.captures(&bytes)?;
        let version = String::from_utf8_lossy(&hit[1]).into_owned();
        Some(Sighting {
            seen_in: format!("the version string in the memory of {}", module.name()),
            version: version.trim_end_matches('+').parse::<Version>().ok()?,
            exact: true,
        })
    })
}

/// The writable data of a module with its addresses, up to a bound for each part and one for all that share `left`.
pub(super) fn data<'m>(
    modules: &'m Modules<'_>,
    module: &Module<'_>,
    left: &'m mut u64,
) -> impl Iterator<Item = (u64, Vec<u8>)> + use<'m> {
    let memory = &modules.core().memory;
    // `.bss` goes on behind the last mapping of the file.
    let range = module.range.start..=module.range.end;
    let segments = memory.segments();
    let own = segments.iter().copied();
    let own = own.filter(|segment| segment.writable && range.contains(&segment.address));
    let own: Vec<_> = own.collect();
    let sized = own.into_iter().map_while(move |segment| {
        let size = segment.file_size.min(SEARCHED);
        *left = left.checked_sub(size)?;
        Some((segment.address, usize::try_from(size).ok()?))
    });
    sized.filter_map(|(address, size)| Some((address, memory.bytes(address, size)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn version_numbers() {
        for (hex, version) in [
            (0x0309_00b1, Some("3.9.0b1")),
            (0x030c_01f0, Some("3.12.1")),
            (0x030d_00c3, Some("3.13.0rc3")),
            (0x030e_00a7, Some("3.14.0a7")),
            (0x0309_0001, None),
            (0, None),
        ] {
            assert_eq!(from_hex(hex).as_deref(), version, "{hex:#x}");
        }
    }

    #[test]
    fn banners() {
        for (text, version) in [
            (
                "\x003.9.0b1 (default, May 26 2020, 10:01:02) \n[GCC 10.1.1]\x00",
                Some("3.9.0b1"),
            ),
            (
                "2.7.18 (default, Jan  1 2024, 00:00:00) \n[GCC 12.2.0]",
                Some("2.7.18"),
            ),
            (
                "3.13.0 experimental free-threading build (main, Oct  7 2024) [Clang 18]",
                Some("3.13.0"),
            ),
            (
                "3.8.2+ (heads/3.8:abc, Mar  1 2020, 00:00:00) \n[GCC 9]",
                Some("3.8.2+"),
            ),
            ("OpenSSL 3.0.15 (3 Sep 2024)", None),
        ] {
            let hit = BANNER.as_ref().unwrap().captures(text.as_bytes());
            let hit = hit.map(|hit| String::from_utf8_lossy(&hit[1]).into_owned());
            assert_eq!(hit.as_deref(), version, "{text}");
        }
    }
}
