//! What every test needs: a folder of its own, repositories, an index of the sample history, and the command in an
//! environment without the user's settings.

pub(crate) mod concurrent;
pub(crate) mod core;
pub(crate) mod cores;
pub(crate) mod crasher;
pub(crate) mod elf;
pub(crate) mod files;
#[path = "../../samples/history.rs"]
pub(crate) mod history;
pub(crate) mod interpreter;
pub(crate) mod program;
pub(crate) mod pyenv;
mod run;
mod seeds;
pub(crate) mod server;
pub(crate) mod stored_cores;
pub(crate) mod tools;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use fixtrail_index::history::GitClone;
use fixtrail_index::{BuildOptions, CPYTHON, Searcher, Silent, Store, Upstreams, build};
use git2::Repository;
pub(crate) use run::Run;
use tempfile::TempDir;

/// The report that the sample history has the fix for.
pub(crate) const HANG: &str = "samples/hang/report.txt";

/// A hang of CPython itself, whose fix the built-in facts have.
pub(crate) const GEN_THROW: &str = "samples/gen-throw/report.txt";

/// A temporary home with whatever a test puts there.
pub(crate) struct Env {
    folder: TempDir,
}

impl Env {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        Self { folder }
    }

    /// An environment with an index of the sample history, free to be changed.
    pub(crate) fn with_index() -> Self {
        let env = Self::new();
        files::copy(&sample_folder().join("index"), &env.indexes());
        env
    }

    /// Also with the clone that the index is of.
    pub(crate) fn with_clone() -> Self {
        let env = Self::new();
        env.repository("cpython", history::COMMITS);
        env.run(["index", "build", &env.path_text("cpython")])
            .succeeded();
        env
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn path_text(&self, name: &str) -> String {
        self.path(name).to_string_lossy().into_owned()
    }

    /// Where the command keeps its indexes by default.
    pub(crate) fn indexes(&self) -> PathBuf {
        self.path("data/fixtrail/index")
    }

    /// Where it keeps that of the sample history.
    pub(crate) fn index(&self) -> PathBuf {
        self.indexes().join(CPYTHON)
    }

    pub(crate) fn store(&self) -> Store {
        store(&self.indexes())
    }

    pub(crate) fn searcher(&self) -> Searcher {
        let generation = self.store().current().expect("an index");
        Searcher::open(generation).expect("a sound index")
    }

    /// A bare repository that holds what a script says.
    pub(crate) fn repository(&self, name: &str, script: &str) -> Repository {
        let repository = history::init(&self.path(name), true);
        history::play(&repository, script);
        repository
    }

    /// Writes a file; gives its path.
    pub(crate) fn file(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        std::fs::write(self.path(name), content).expect("a file");
        self.path_text(name)
    }

    /// The command, run in the folder of the project so that samples have short names.
    pub(crate) fn command<I: AsRef<OsStr>>(
        &self,
        args: impl IntoIterator<Item = I>,
    ) -> assert_cmd::Command {
        let mut command = assert_cmd::Command::new(env!("CARGO_BIN_EXE_fixtrail"));
        command
            .env_clear()
            .env("HOME", self.path("home"))
            .env("XDG_DATA_HOME", self.path("data"))
            .env("COLUMNS", "100")
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .args(args);
        command
    }

    pub(crate) fn run<I: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = I>) -> Run {
        self.run_with(args, Vec::new())
    }

    /// Runs the command with an input.
    pub(crate) fn run_with<I: AsRef<OsStr>>(
        &self,
        args: impl IntoIterator<Item = I>,
        input: impl Into<Vec<u8>>,
    ) -> Run {
        let mut command = self.command(args);
        command.write_stdin(input);
        self.output_of(command)
    }

    /// Runs a command that was changed.
    pub(crate) fn output_of(&self, mut command: assert_cmd::Command) -> Run {
        Run::new(&command.output().expect("the command"), self.folder.path())
    }
}

/// The store of the sample history's index in a folder of indexes.
pub(crate) fn store(indexes: &Path) -> Store {
    let store = Upstreams::at(indexes).store(CPYTHON);
    store.expect("a name for an upstream")
}

/// Builds an index by the library.
pub(crate) fn build_index(store: &Store, repository: &Repository) {
    let clone = GitClone::open(repository.path()).expect("a repository");
    let built = build::build(store, &clone, &BuildOptions::default(), &Silent);
    drop(built.expect("an index"));
}

/// A folder with an index of the sample history, for reading only: made once a run, since a build waits for the disk.
pub(crate) fn sample_folder() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("sample");
        if folder.exists() {
            std::fs::remove_dir_all(&folder).expect("what the last run left");
        }
        let repository = history::init(&folder.join("cpython"), true);
        history::play(&repository, history::COMMITS);
        build_index(&store(&folder.join("index")), &repository);
        folder
    })
}

/// An index of the sample history, for reading only.
pub(crate) fn sample_searcher() -> Searcher {
    let store = store(&sample_folder().join("index"));
    Searcher::open(store.current().expect("an index")).expect("a sound index")
}
