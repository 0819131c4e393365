//! elfutils' own server and client: what one side writes, the other reads.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use fixtrail::stack::debuginfod::{Client, Error, Kind, Settings, Silent};
use object::Object as _;
use tempfile::TempDir;

use super::bytes;
use crate::support::tools::tool;
use crate::support::{Env, Run, cores};

/// How often a server that starts is asked, and for how long at most: a machine that does other things is slow.
const POLL: Duration = Duration::from_millis(50);
const POLLS: u32 = 1200;

/// Dies in line 1.
const SOURCE: &str =
    "int fails(volatile int *p) { return *p; }\nint main(void) { return fails(0); }\n";

/// A program and its debug information apart, a server that knows both, and a cache.
struct Real {
    folder: TempDir,
    build_id: Vec<u8>,
    server: Option<Child>,
    url: String,
    find: PathBuf,
}

impl Real {
    /// `None` where a tool is missing.
    fn start() -> Option<Self> {
        let (program, find) = (tool("debuginfod")?, tool("debuginfod-find")?);
        let folder = tempfile::tempdir().expect("a folder");
        let build_id = compile(folder.path())?;
        let mut real = Self {
            folder,
            build_id,
            server: None,
            url: String::new(),
            find,
        };
        for _ in 0..POLLS {
            // It ends if another process took its port meanwhile.
            let server = real.server.as_mut();
            if server.is_none_or(|server| server.try_wait().expect("a process").is_some()) {
                real.serve(&program);
            }
            std::thread::sleep(POLL);
            if real.is_ready() {
                return Some(real);
            }
        }
        panic!("the server never read the program");
    }

    fn serve(&mut self, program: &Path) {
        let port = free_port();
        self.url = format!("http://127.0.0.1:{port}");
        let server = Command::new(program)
            .args(["-F", "-t1", "-d", ":memory:", "-p", &port.to_string()])
            .arg(self.served(""))
            .env("DEBUGINFOD_URLS", "")
            .env("HOME", self.folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        self.server = Some(server.expect("a server"));
    }

    /// Whether it knows both files. Each time with a cache of its own: misses are remembered.
    fn is_ready(&self) -> bool {
        let cache = tempfile::tempdir().expect("a folder");
        let client = self.client(cache.path());
        [Kind::Debuginfo, Kind::Executable].iter().all(|kind| {
            let found = client.find(&self.build_id, *kind);
            found.is_ok_and(|path| path.is_some())
        })
    }

    fn served(&self, name: &str) -> PathBuf {
        self.folder.path().join("served").join(name)
    }

    fn client(&self, cache: &Path) -> Client {
        let mut settings = Settings::new(cache);
        settings.urls = vec![self.url.clone()];
        Client::new(settings, Box::new(Silent))
    }

    fn cache(&self) -> PathBuf {
        self.folder.path().join("cache")
    }

    fn ours(&self, kind: Kind) -> Result<Option<PathBuf>, Error> {
        self.client(&self.cache()).find(&self.build_id, kind)
    }

    /// What elfutils' client finds.
    fn theirs(&self, build_id: &[u8], kind: Kind) -> Option<PathBuf> {
        let output = Command::new(&self.find)
            .arg(kind.name())
            .arg(hex(build_id))
            .env("DEBUGINFOD_URLS", &self.url)
            .env("DEBUGINFOD_CACHE_PATH", self.cache())
            .env_remove("DEBUGINFOD_MAXSIZE")
            .output()
            .expect("elfutils' client");
        let path = String::from_utf8(output.stdout).expect("a path");
        output
            .status
            .success()
            .then(|| PathBuf::from(path.trim_end()))
    }

    fn stop(&mut self) {
        if let Some(mut server) = self.server.take() {
            server.kill().expect("a running server");
            server.wait().expect("its end");
        }
    }
}

impl Drop for Real {
    fn drop(&mut self) {
        self.stop();
    }
}

#[test]
fn ours_is_theirs() {
    let Some(mut real) = Real::start() else {
        return;
    };
    let debuginfo = real
        .ours(Kind::Debuginfo)
        .expect("an answer")
        .expect("a file");
    let executable = real
        .ours(Kind::Executable)
        .expect("an answer")
        .expect("a file");
    assert_eq!(bytes(&debuginfo), bytes(&real.served("small.debug")));
    assert_eq!(bytes(&executable), bytes(&real.served("small")));
    real.stop();
    let theirs = real.theirs(&real.build_id, Kind::Debuginfo);
    assert_eq!(theirs, Some(debuginfo));
    let theirs = real.theirs(&real.build_id, Kind::Executable);
    assert_eq!(theirs, Some(executable));
}

#[test]
fn theirs_is_ours() {
    let Some(mut real) = Real::start() else {
        return;
    };
    let theirs = real
        .theirs(&real.build_id, Kind::Debuginfo)
        .expect("a file");
    real.stop();
    assert_eq!(real.ours(Kind::Debuginfo).expect("an answer"), Some(theirs));
}

#[test]
fn misses_are_shared() {
    let Some(mut real) = Real::start() else {
        return;
    };
    let (unknown, other) = (b"\x12\x34\x56\x78", b"\x9a\xbc\xde\xf0");
    assert_eq!(real.theirs(unknown, Kind::Debuginfo), None);
    let client = real.client(&real.cache());
    let found = client.find(other, Kind::Debuginfo);
    assert_eq!(found.expect("an answer"), None);
    real.stop();
    let found = client.find(unknown, Kind::Debuginfo);
    assert_eq!(found.expect("an answer, without a server"), None);
    // Their client says the same of a miss and of a server that is away; but it removes what it takes for no miss.
    assert_eq!(real.theirs(other, Kind::Debuginfo), None);
    assert!(real.cache().join(hex(other)).join("debuginfo").exists());
}

/// Lines come from a server that is named, and nothing is asked of one that is not.
#[test]
fn lines_of_a_core() {
    let Some(real) = Real::start() else {
        return;
    };
    let Some(core) = cores::of_crash(real.folder.path(), &real.served("small"), &[]) else {
        return;
    };
    let env = Env::new();
    let stack = |options: &[&str]| {
        let mut command = env.command(["stack", "--json"]);
        command.arg(&core).args(options);
        let output = command.env("DEBUGINFOD_CACHE_PATH", real.cache()).output();
        Run::new(&output.expect("the command"), env.path("").as_path()).succeeded()
    };
    let line = |run: &Run| {
        let frame = &run.json()["threads"][0]["frames"][0];
        assert_eq!(frame["function"], "fails", "{run}");
        frame["line"].as_u64()
    };
    assert_eq!(line(&stack(&[])), None);
    assert!(!real.cache().exists());
    assert_eq!(line(&stack(&["--debuginfod", &real.url])), Some(1));
    assert!(real.cache().join(hex(&real.build_id)).exists());
}

/// Compiles a program, takes its debug information out, and gives its build ID.
fn compile(folder: &Path) -> Option<Vec<u8>> {
    let (cc, objcopy) = (tool("cc")?, tool("objcopy")?);
    std::fs::write(folder.join("small.c"), SOURCE).expect("a source");
    std::fs::create_dir(folder.join("served")).expect("a folder");
    let run = |tool: &Path, args: &[&str]| {
        let status = Command::new(tool).args(args).current_dir(folder).status();
        assert!(status.expect("a tool").success(), "{args:?}");
    };
    run(&cc, &["-g", "-Wl,--build-id", "-o", "small", "small.c"]);
    let debug = ["--only-keep-debug", "small", "served/small.debug"];
    run(&objcopy, &debug);
    run(&objcopy, &["--strip-debug", "small", "served/small"]);
    let content = bytes(&folder.join("small"));
    let elf = object::File::parse(&*content).expect("an ELF file");
    Some(elf.build_id().expect("notes").expect("a build ID").to_vec())
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").port()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
