//! Stacks that lead nowhere, back to themselves, or on for ever.

use super::{Want, look};
use crate::support::core::{AARCH64, CoreBuilder, X86_64, registers};
use crate::support::program::Program;

/// Where the program and the stack are.
const AT: u64 = 0x1_0000;
const CODE: u64 = AT + 0x1000;
const STACK: u64 = 0x7f00_0000;

/// Every address of its code follows a call, on x86-64.
fn calls() -> Program {
    Program::new(X86_64, &[0xe8; 4096])
}

/// A process of one thread in a program that is only in memory.
fn process(program: Program, stack: &[u64]) -> CoreBuilder {
    let machine = program.machine;
    let image = program.build();
    let end = AT + (image.len() as u64).next_multiple_of(4096);
    CoreBuilder::new(machine)
        .thread_at(1, CODE + 0x100, STACK, STACK)
        .files(&[(AT, end, 0, "/nowhere/ship")])
        .memory(AT, &image)
        .words(STACK, stack)
}

#[test]
fn frame_pointers() {
    let back = [STACK, CODE + 0x20, 0, 0];
    look(
        "to itself",
        &process(calls(), &back).build(),
        Want::Frames(&["#1"]),
    );
    let circle = [STACK + 16, CODE + 0x20, STACK, CODE + 0x30];
    look(
        "a circle",
        &process(calls(), &circle).build(),
        Want::Frames(&["#1"]),
    );
    let beyond = [u64::MAX - 7, CODE + 0x20];
    look(
        "beyond",
        &process(calls(), &beyond).build(),
        Want::Frames(&["#1"]),
    );
}

/// Frame pointers that go on for as long as there is memory.
fn endless(words: u64) -> Vec<u64> {
    let next = |at: u64| [STACK + 16 * (at + 1), CODE + 0x20 + at % 0x800];
    (0..words / 2).flat_map(next).collect()
}

#[test]
fn chain_without_end() {
    let core = process(calls(), &endless(1 << 20));
    look(
        "chain",
        &core.build(),
        Want::Frames(&["only 262144 frames are listed"]),
    );
}

#[test]
fn threads_share_a_long_stack() {
    let registers = registers(X86_64, CODE + 0x100, STACK, STACK);
    let mut core = process(calls(), &endless(1 << 20));
    for tid in 2..=33_000 {
        core = core.thread(tid, 11, &registers);
    }
    look(
        "threads",
        &core.build(),
        Want::Frames(&[
            "only the first 32768 threads were read",
            "frames are listed",
        ]),
    );
}

#[test]
fn rules_that_lead_nowhere() {
    // The CFA is the stack pointer; the return address is the word above it.
    const BY_SP: [u8; 6] = [0x0c, 7, 0, 0x11, 16, 0x7f];
    // An expression that jumps to itself, one that fills its stack, one that divides by zero.
    let expression = |bytes: &[u8]| {
        let len = u8::try_from(bytes.len()).expect("a short expression");
        [&[0x0f, len][..], bytes, &[0x90, 1]].concat()
    };
    for (name, rules, words) in [
        (
            "no advance",
            BY_SP.to_vec(),
            "its rules lead back to where they began",
        ),
        ("a loop", expression(&[0x2f, 0xfd, 0xff]), "is damaged"),
        (
            "a growing stack",
            expression(&[0x30, 0x2f, 0xfc, 0xff]),
            "is damaged",
        ),
        (
            "a division by zero",
            expression(&[0x31, 0x30, 0x1b]),
            "is damaged",
        ),
        ("an empty expression", expression(&[]), "is damaged"),
        (
            "memory that is not there",
            expression(&[0x08, 1, 0x06]),
            "is not in the core",
        ),
        (
            "an unknown register",
            vec![0x0c, 40, 0, 0x90, 1],
            "a register that is not known",
        ),
        (
            "remembered too often",
            [&[0x0a; 64][..], &BY_SP].concat(),
            "#0",
        ),
        ("never remembered", [&[0x0b][..], &BY_SP].concat(), "#0"),
        ("an unknown rule", [&[0x3f][..], &BY_SP].concat(), "#0"),
        (
            "a cut-off rule",
            vec![0x0f, 0xff, 0xff, 0xff, 0xff, 0x7f],
            "#0",
        ),
        ("a megabyte of rules", [0x41, 0x40].repeat(1 << 19), "#0"),
    ] {
        let core = process(calls().frames(&rules), &[0, CODE + 0x20, 0, 0]);
        look(name, &core.build(), Want::Frames(&[words]));
    }
}

/// Each return address has rules of its own, and each of them is long.
#[test]
fn many_long_rules() {
    let advances = [0x41, 0x0a, 0x0b, 0x0c, 7, 16].repeat(2000);
    let rules = [&[0x0c, 7, 16, 0x90, 1][..], &advances].concat();
    let core = process(calls().frames(&rules), &endless(1 << 20));
    look("rules", &core.build(), Want::Frames(&["#1"]));
}

#[test]
fn unwinding_tables() {
    for (name, section) in [
        ("entries of no length", vec![0; 4096]),
        ("an endless entry", vec![0xff; 4096]),
        (
            "an entry without a CIE",
            [&[12, 0, 0, 0][..], &[0xff; 12]].concat(),
        ),
        (
            "an entry that is its own CIE",
            [16, 0, 0, 0, 4, 0, 0, 0].repeat(512),
        ),
    ] {
        let program = calls().section(".eh_frame", &section);
        look(name, &process(program, &[0; 8]).build(), Want::Frames(&[]));
        let program = calls()
            .section(".eh_frame", &section)
            .section(".eh_frame_hdr", &section);
        look(name, &process(program, &[0; 8]).build(), Want::Frames(&[]));
    }
    let table = [&[1, 0x1b, 0x03, 0x3b][..], &[0; 4], &[0xff; 4], &[0xff; 64]].concat();
    let program = calls()
        .section(".eh_frame", &[0; 8])
        .section(".eh_frame_hdr", &table);
    look(
        "a table of 2^32 entries",
        &process(program, &[0; 8]).build(),
        Want::Frames(&[]),
    );
}

/// A handler's trampoline that returns to itself.
#[test]
fn signal_frame_in_a_circle() {
    let trampoline = [0x48, 0xc7, 0xc0, 0x0f, 0, 0, 0, 0x0f, 0x05];
    let mut stack = [0; 32];
    // `uc_mcontext`: r8 to r15, five more, then rsp and rip.
    stack[5 + 15] = STACK;
    stack[5 + 16] = CODE;
    let mut core = process(Program::new(X86_64, &trampoline), &stack);
    core = core.thread_at(2, CODE, STACK, 0);
    look(
        "signals",
        &core.build(),
        Want::Frames(&["more than 64 signal handlers within one another"]),
    );
}

#[test]
fn scanning() {
    // Code without a call, and stacks of nothing but its addresses.
    let program = Program::new(X86_64, &[0x90; 4096]);
    let words = vec![CODE + 0x80; 1 << 18];
    look(
        "no call",
        &process(program, &words).build(),
        Want::Frames(&["nothing tells who called"]),
    );
    // One call in a thousand words, in every thread.
    let mut program = Program::new(X86_64, &[0x90; 4096]);
    program.code[0x200] = 0xe8;
    let words: Vec<u64> = (0..1 << 20)
        .map(|at| CODE + if at % 1000 == 999 { 0x205 } else { 0x80 })
        .collect();
    let registers = registers(X86_64, CODE + 0x100, STACK, 0);
    let mut core = process(program, &words);
    for tid in 2..=100 {
        core = core.thread(tid, 11, &registers);
    }
    look(
        "rare calls",
        &core.build(),
        Want::Frames(&["too much of the stacks was looked through"]),
    );
}

#[test]
fn registers_anywhere() {
    for machine in [X86_64, AARCH64] {
        let mut core = process(Program { machine, ..calls() }, &[0; 8]);
        let values = [
            0,
            1,
            8,
            CODE,
            CODE + 0x11,
            STACK,
            STACK + 60,
            1 << 47,
            1 << 63,
            u64::MAX - 8,
            u64::MAX,
        ];
        let mut tid = 1;
        for pc in values {
            for sp in values {
                for fp in values {
                    tid += 1;
                    core = core.thread_at(tid, pc, sp, fp);
                }
            }
        }
        look("registers", &core.build(), Want::Frames(&[]));
    }
}
