//! Round trips, broken streams, and streams that ask for too much.

use std::fs;
use std::io::Write as _;

use proptest::prelude::*;
use tempfile::TempDir;

use super::*;
use liblzma::stream::Stream;

const PACKED: [Compression; 4] = [
    Compression::Zstd,
    Compression::Lz4,
    Compression::Xz,
    Compression::Gzip,
];

fn pack(bytes: &[u8], compression: Compression) -> Vec<u8> {
    match compression {
        Compression::None => bytes.to_vec(),
        Compression::Zstd => {
            let mut encoder = zstd::Encoder::new(Vec::new(), 1).expect("an encoder");
            encoder.include_checksum(true).expect("a flag");
            encoder.write_all(bytes).expect("memory");
            encoder.finish().expect("a frame")
        }
        Compression::Lz4 => {
            let info = lz4_flex::frame::FrameInfo::new()
                .block_mode(lz4_flex::frame::BlockMode::Linked)
                .content_checksum(true);
            let mut encoder = lz4_flex::frame::FrameEncoder::with_frame_info(info, Vec::new());
            encoder.write_all(bytes).expect("memory");
            encoder.finish().expect("a frame")
        }
        Compression::Xz => {
            let mut encoder = liblzma::write::XzEncoder::new(Vec::new(), 1);
            encoder.write_all(bytes).expect("memory");
            encoder.finish().expect("a stream")
        }
        Compression::Gzip => {
            let mut encoder =
                flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            encoder.write_all(bytes).expect("memory");
            encoder.finish().expect("a member")
        }
    }
}

/// Pages of noise, of zeros and of repeats, and a last page that is none.
fn core(pages: usize) -> Vec<u8> {
    let mut state = 1_u32;
    let mut bytes: Vec<u8> = (0..pages * 4096)
        .map(|at| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            match at / 4096 % 5 {
                0 => state.to_be_bytes()[0],
                1 => b'a',
                _ => 0,
            }
        })
        .collect();
    bytes.extend_from_slice(b"end");
    bytes
}

struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    fn limits(&self) -> Limits {
        Limits::new(self.0.path())
    }

    fn open_with(&self, bytes: &[u8], limits: &Limits) -> Result<Opened, ContainerError> {
        let path = self.0.path().join("core");
        fs::write(&path, bytes).expect("a file");
        open(&path, limits)
    }

    fn open(&self, bytes: &[u8]) -> Result<Opened, ContainerError> {
        self.open_with(bytes, &self.limits())
    }
}

fn content(opened: &mut Opened) -> Vec<u8> {
    let mut bytes = Vec::new();
    opened.file.read_to_end(&mut bytes).expect("the content");
    assert_eq!(bytes.len() as u64, opened.len);
    bytes
}

#[test]
fn every_format_comes_back() {
    let folder = Folder::new();
    for pages in [0, 1, 64, 200] {
        let plain = core(pages);
        for compression in PACKED.into_iter().chain([Compression::None]) {
            let mut opened = folder.open(&pack(&plain, compression)).expect("a core");
            assert_eq!(opened.compression, compression);
            assert_eq!(opened.problem, None, "{compression}");
            assert!(content(&mut opened) == plain, "{compression} {pages}");
        }
    }
    let left = fs::read_dir(folder.0.path()).expect("a folder").count();
    assert_eq!(left, 1, "temporary files have no name");
}

#[cfg(unix)]
#[test]
fn zeros_are_holes() {
    use std::os::unix::fs::MetadataExt as _;
    let mut plain = vec![0; 32 << 20];
    plain[(9 << 20) + 5] = 1;
    let folder = Folder::new();
    for compression in PACKED {
        let mut opened = folder.open(&pack(&plain, compression)).expect("a core");
        let blocks = opened.file.metadata().expect("a file").blocks();
        assert!(blocks * 512 < 1 << 20, "{compression}: {blocks}");
        assert!(content(&mut opened) == plain, "{compression}");
    }
}

#[test]
fn streams_one_after_another_are_one() {
    let (one, two) = (core(70), core(3));
    let folder = Folder::new();
    for compression in PACKED {
        let packed = [pack(&one, compression), pack(&two, compression)].concat();
        let mut opened = folder.open(&packed).expect("a core");
        assert_eq!(opened.problem, None, "{compression}");
        assert!(content(&mut opened) == [&one[..], &two].concat());
    }
    let skipped = [
        b"\x50\x2a\x4d\x18\x02\0\0\0ab",
        &pack(&two, Compression::Zstd)[..],
    ]
    .concat();
    assert!(content(&mut folder.open(&skipped).expect("a core")) == two);
}

#[test]
fn a_stream_that_is_cut_off_keeps_its_beginning() {
    let plain = core(500);
    let folder = Folder::new();
    for compression in PACKED {
        let packed = pack(&plain, compression);
        let mut most = 0;
        for cut in (1..30)
            .map(|part| packed.len() * part / 30)
            .chain(packed.len() - 9..packed.len())
        {
            let name = format!("{compression} {cut} of {}", packed.len());
            match folder.open(&packed[..cut]) {
                Ok(mut opened) => {
                    let problem = opened.problem.clone().expect(&name);
                    assert!(problem.contains("stream is cut off"), "{name}: {problem}");
                    assert!(plain.starts_with(&content(&mut opened)), "{name}");
                    most = most.max(opened.len);
                }
                Err(ContainerError::Damaged { why, .. }) => {
                    assert!(why.contains("cut off"), "{name}: {why}")
                }
                Err(error) => panic!("{name}: {error}"),
            }
        }
        assert_eq!(most, plain.len() as u64, "{compression}");
    }
}

/// The end of every block of a frame, where the decoder sees nothing wrong.
#[test]
fn lz4_cut_off_between_blocks() {
    let info = lz4_flex::frame::FrameInfo::new().block_size(lz4_flex::frame::BlockSize::Max64KB);
    let mut encoder = lz4_flex::frame::FrameEncoder::with_frame_info(info, Vec::new());
    encoder.write_all(&core(100)).expect("memory");
    let packed = encoder.finish().expect("a frame");
    let folder = Folder::new();
    let mut at = 7;
    let mut blocks = 0;
    loop {
        let word = u32::from_le_bytes(packed[at..at + 4].try_into().expect("four bytes"));
        if word == 0 {
            break;
        }
        at += 4 + (word & 0x7fff_ffff) as usize;
        blocks += 1;
        let problem = folder.open(&packed[..at]).expect("a part").problem;
        assert!(
            problem.expect("a cut").contains("cut off"),
            "block {blocks}"
        );
    }
    assert!(blocks > 3);
}

#[test]
fn bytes_behind_the_stream_are_named() {
    let plain = core(20);
    let folder = Folder::new();
    for compression in PACKED {
        let packed = [&pack(&plain, compression)[..], b"something else"].concat();
        let mut opened = folder.open(&packed).expect("a core");
        let problem = opened.problem.clone().expect("a problem");
        assert!(problem.contains("damaged"), "{compression}: {problem}");
        assert!(content(&mut opened) == plain, "{compression}");
    }
}

#[test]
fn limits_have_their_words() {
    let folder = Folder::new();
    let zeros = vec![0; 8 << 20];
    let noise: Vec<u8> = core(4000).into_iter().filter(|byte| *byte != 0).collect();
    let short = Limits {
        max_bytes: 100_000,
        ..folder.limits()
    };
    let small = Limits {
        max_written: 100_000,
        ..folder.limits()
    };
    let hurried = Limits {
        max_zero_time: Duration::ZERO,
        ..folder.limits()
    };
    for compression in PACKED {
        for (plain, limits, len, words) in [
            (&zeros, &short, 100_000, "as far as a core is unpacked"),
            (&noise, &small, 262_144, "as much of the disk"),
            (&zeros, &hurried, 262_144, "nothing but zeros"),
        ] {
            let mut opened = folder
                .open_with(&pack(plain, compression), limits)
                .expect("a part");
            let problem = opened.problem.clone().expect("a limit");
            assert!(problem.contains(words), "{compression}: {problem}");
            assert_eq!(opened.len, len, "{compression}: {problem}");
            assert!(plain.starts_with(&content(&mut opened)));
        }
        let exact = Limits {
            max_bytes: 8 << 20,
            ..folder.limits()
        };
        let opened = folder.open_with(&pack(&zeros, compression), &exact);
        assert_eq!(opened.expect("a core").problem, None);
    }
}

/// 64 GiB of zeros: a frame of 64 MiB, over and over.
#[test]
fn a_bomb_ends_early() {
    let folder = Folder::new();
    let frame = zstd::encode_all(&vec![0; 64 << 20][..], 3).expect("a frame");
    let opened = folder.open(&frame.repeat(1024)).expect("a part");
    let problem = opened.problem.expect("a limit");
    assert!(
        problem.contains("more than 20000 bytes come out of each byte"),
        "{problem}"
    );
    assert!(opened.len < 16 << 30, "{}", opened.len);
}

#[test]
fn memory_is_bounded() {
    let folder = Folder::new();
    let mut encoder = zstd::Encoder::new(Vec::new(), 1).expect("an encoder");
    encoder.window_log(28).expect("a window");
    encoder.write_all(b"a").expect("memory");
    let zstd = encoder.finish().expect("a frame");
    let mut options = liblzma::stream::LzmaOptions::new_preset(1).expect("options");
    options.dict_size(192 << 20);
    let mut filters = liblzma::stream::Filters::new();
    filters.lzma2(&options);
    let stream =
        Stream::new_stream_encoder(&filters, liblzma::stream::Check::Crc64).expect("an encoder");
    let mut encoder = liblzma::write::XzEncoder::new_stream(Vec::new(), stream);
    encoder.write_all(b"a").expect("memory");
    let xz = encoder.finish().expect("a stream");
    for packed in [zstd, xz] {
        let error = folder.open(&packed).expect_err("too much");
        assert!(
            error.to_string().contains("more than 128 MiB of memory"),
            "{error}"
        );
    }
}

#[test]
fn files_without_content() {
    let folder = Folder::new();
    assert!(matches!(
        folder.open(b""),
        Err(ContainerError::Empty { .. })
    ));
    for compression in PACKED {
        let error = folder.open(&pack(b"", compression)).expect_err("nothing");
        assert!(
            matches!(error, ContainerError::Empty { .. }),
            "{compression}: {error}"
        );
    }
    let error = open(folder.0.path(), &folder.limits()).expect_err("a folder");
    assert!(matches!(error, ContainerError::NotAFile { .. }));
    let error = open(&folder.0.path().join("none"), &folder.limits()).expect_err("nothing");
    assert!(matches!(error, ContainerError::Read { .. }));
    let nowhere = Limits::new(folder.0.path().join("none"));
    let error = folder
        .open_with(&pack(b"a", Compression::Xz), &nowhere)
        .expect_err("no place");
    assert!(matches!(error, ContainerError::Temporary { .. }));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever is flipped or cut: no panic, and a file as long as it says.
    #[test]
    fn damage_is_survived(
        format in 0..PACKED.len(),
        flips in prop::collection::vec((any::<prop::sample::Index>(), 1..=255_u8), 1..4),
        cut in any::<prop::sample::Index>(),
    ) {
        let folder = Folder::new();
        let mut packed = pack(&core(90), PACKED[format]);
        for (at, bits) in flips {
            let at = at.index(packed.len());
            packed[at] ^= bits;
        }
        let end = cut.index(packed.len() * 4).min(packed.len());
        let limits = Limits { max_bytes: 1 << 20, ..folder.limits() };
        if let Ok(mut opened) = folder.open_with(&packed[..end], &limits) {
            content(&mut opened);
        }
    }
}
