//! Stacks made by hand, on both processors.

use std::cell::Cell;

use super::fallback::{self, follows_a_call};
use super::{RawFrame, Stop, Unwinder, advances, signal_frame, without_authentication};
use crate::evidence::core::{Core, Machine, Registers};
use crate::stack::{DebugFiles, Files, Found, Modules};
use crate::synthetic::core::{AARCH64, CoreBuilder, X86_64};
use crate::synthetic::program::Program;
use crate::synthetic::read;

const AT: u64 = 0x1_0000;
const CODE: u64 = AT + 0x1000;
const STACK: u64 = 0x7f00_0000;

/// A process of one thread in a program that is only in memory.
fn process(program: Program, pc: u64, fp: u64, stack: &[u64]) -> Core {
    let machine = program.machine;
    let image = program.build();
    let end = AT + (image.len() as u64).next_multiple_of(4096);
    let builder = CoreBuilder::new(machine)
        .thread_at(1, pc, STACK, fp)
        .files(&[(AT, end, 0, "/nowhere/ship")])
        .memory(AT, &image)
        .words(STACK, stack);
    read(&builder.build()).unwrap()
}

fn with_modules<T>(core: &Core, look: impl FnOnce(&Modules<'_>) -> T) -> T {
    let (files, debug_files) = (Files::default(), DebugFiles::default());
    look(&Modules::of_core(core, &files, &debug_files))
}

/// All frames of the first thread, and why they end.
fn unwound(core: &Core) -> (Vec<(u64, Found)>, Stop) {
    unwound_from(core, core.threads()[0].registers.clone())
}

fn unwound_from(core: &Core, registers: Registers) -> (Vec<(u64, Found)>, Stop) {
    with_modules(core, |modules| {
        let mut unwinder = Unwinder::new(modules);
        let mut frames = Vec::new();
        let mut frame = RawFrame::innermost(registers);
        for _ in 0..100 {
            frames.push((frame.registers.pc, frame.found));
            match unwinder.caller(&mut frame) {
                Ok(caller) => frame = caller,
                Err(stop) => return (frames, stop),
            }
        }
        panic!("no end: {frames:?}")
    })
}

/// `call` everywhere.
fn calls(machine: u16) -> Program {
    let code = if machine == X86_64 {
        [0xe8; 4]
    } else {
        [0, 0, 0, 0x94]
    };
    Program::new(machine, &code.repeat(64))
}

#[test]
fn by_frame_pointer() {
    for machine in [X86_64, AARCH64] {
        let stack = [
            STACK + 24,
            CODE + 0x20,
            9,
            STACK + 40,
            CODE + 0x30,
            0,
            CODE + 0x40,
            0,
            0,
        ];
        let core = process(calls(machine), CODE + 0x10, STACK, &stack);
        let (frames, stop) = unwound(&core);
        let by_pointer = |address| (CODE + address, Found::FramePointer);
        let expected = [
            (CODE + 0x10, Found::Registers),
            by_pointer(0x20),
            by_pointer(0x30),
        ];
        assert_eq!(frames[..3], expected, "{machine}");
        assert!(
            matches!(stop, Stop::Unreadable(_) | Stop::Lost(_)),
            "{stop:?}"
        );
    }
}

#[test]
fn by_scan() {
    for machine in [X86_64, AARCH64] {
        let stack = [1, CODE, 2, CODE + 0x20, 3, AT + 0x20, CODE + 0x30, 4];
        let core = process(calls(machine), CODE + 0x10, 0, &stack);
        let (frames, stop) = unwound(&core);
        let expected = [
            (CODE + 0x10, Found::Registers),
            (CODE + 0x20, Found::Scan),
            (CODE + 0x30, Found::Scan),
        ];
        assert_eq!(frames[..3], expected, "{machine}: {stop:?}");
    }
}

/// A call through a bad pointer has changed nothing but the instruction pointer.
#[test]
fn by_a_bad_pointer() {
    let core = process(calls(X86_64), 0x10, 0, &[CODE + 0x20, 1, 2]);
    let (frames, _) = unwound(&core);
    assert_eq!(
        frames,
        [(0x10, Found::Registers), (CODE + 0x20, Found::Scan)]
    );
}

/// Rules that count on a frame pointer which is not known: of a thread that was not stopped.
#[test]
fn by_rules_without_a_frame_pointer() {
    // The CFA is rbp + 16, the return address and rbp below it.
    let program = calls(X86_64).frames(&[0x0c, 6, 16, 0x90, 1, 0x86, 2]);
    let stack = [
        STACK + 48,
        7,
        STACK + 48,
        CODE + 0x20,
        8,
        9,
        STACK + 72,
        CODE + 0x30,
        0,
        0,
        0,
        0,
    ];
    let core = process(program, CODE + 0x10, 0, &stack);
    let mut registers = core.threads()[0].registers.clone();
    registers.set(6, None);
    let (frames, stop) = unwound_from(&core, registers);
    let expected = [
        (CODE + 0x10, Found::Registers),
        (CODE + 0x20, Found::FramePointer),
        (CODE + 0x30, Found::Cfi),
    ];
    assert_eq!((&frames[..], stop), (&expected[..], Stop::Base));
}

#[test]
fn by_rules() {
    // The CFA is rsp + 16, the return address below it.
    let program = calls(X86_64).frames(&[0x0c, 7, 16, 0x90, 1]);
    let stack = [0, CODE + 0x20, 0, CODE + 0x30, 0, 0];
    let (frames, stop) = unwound(&process(program, CODE + 0x10, 0, &stack));
    let by_rules = |address| (CODE + address, Found::Cfi);
    assert_eq!(
        frames,
        [
            (CODE + 0x10, Found::Registers),
            by_rules(0x20),
            by_rules(0x30)
        ]
    );
    assert_eq!(stop, Stop::Base);
    // The return address is said to be undefined: the first function of a thread.
    let program = calls(X86_64).frames(&[0x0c, 7, 16, 0x07, 16]);
    let (frames, stop) = unwound(&process(program, CODE + 0x10, 0, &stack));
    assert_eq!((frames.len(), stop), (1, Stop::Base));
    // aarch64: x29 and x30 are saved, sp + 16.
    let program = calls(AARCH64).frames(&[0x0c, 31, 16, 0x9d, 2, 0x9e, 1]);
    let (frames, stop) = unwound(&process(program, CODE + 0x10, 0, &stack));
    assert_eq!(frames.len(), 3);
    assert_eq!(stop, Stop::Base);
}

#[test]
fn rules_that_lead_back() {
    let back = [0x0c, 7, 0, 0x90, 1];
    let stack = [CODE + 0x20; 4];
    let core = process(calls(X86_64).frames(&back), CODE + 0x10, 0, &stack);
    // The word below the stack pointer is not there; with the rule at the stack pointer itself it is.
    assert_eq!(unwound(&core).1, Stop::Unreadable(STACK - 8));
    let here = [0x0c, 7, 0, 0x90, 0];
    let core = process(calls(X86_64).frames(&here), CODE + 0x20, 0, &stack);
    assert_eq!(unwound(&core).1, Stop::NoAdvance(CODE + 0x20));
}

#[test]
fn what_advances() {
    let of = |pc, sp| {
        let mut registers = Registers::new(Machine::X86_64, pc);
        registers.set(7, sp);
        registers
    };
    for (frame, interrupted, caller, expected) in [
        ((1, Some(8)), false, (1, Some(16)), true),
        ((1, Some(8)), false, (1, Some(15)), false),
        ((1, Some(8)), true, (2, Some(8)), true),
        ((1, Some(8)), true, (1, Some(8)), false),
        ((1, Some(8)), false, (2, Some(8)), false),
        ((1, Some(16)), true, (2, Some(8)), false),
        ((1, Some(u64::MAX)), false, (2, Some(0)), false),
        ((1, None), true, (2, Some(8)), false),
        ((1, Some(8)), true, (2, None), false),
    ] {
        let inner = RawFrame {
            interrupted,
            ..RawFrame::innermost(of(frame.0, frame.1))
        };
        assert_eq!(
            advances(&inner, &of(caller.0, caller.1)),
            expected,
            "{frame:?} {caller:?}"
        );
    }
}

#[test]
fn signed_return_addresses() {
    let signed = 0x00aa_5555_0000_1234;
    assert_eq!(
        without_authentication(Machine::Aarch64, signed),
        0x5555_0000_1234
    );
    assert_eq!(without_authentication(Machine::X86_64, signed), signed);
    // As by frame pointers, so by rules.
    let sign = 0x00aa_0000_0000_0000;
    let stack = [STACK + 16, sign | (CODE + 0x20), 0, 0];
    let core = process(calls(AARCH64), CODE + 0x10, STACK, &stack);
    assert_eq!(unwound(&core).0[1], (CODE + 0x20, Found::FramePointer));
    let program = calls(AARCH64).frames(&[0x0c, 31, 16, 0x9d, 2, 0x9e, 1]);
    let core = process(program, CODE + 0x10, STACK, &stack);
    assert_eq!(unwound(&core).0[1], (CODE + 0x20, Found::Cfi));
}

#[test]
fn calls_of_x86_64() {
    for (code, expected) in [
        (&[0xe8, 1, 2, 3, 4][..], true),
        (&[0xff, 0xd0], true),
        (&[0x41, 0xff, 0xd3], true),
        (&[0xff, 0x50, 8], true),
        (&[0xff, 0x54, 0x24, 8], true),
        (&[0xff, 0x15, 1, 2, 3, 4], true),
        (&[0xff, 0x94, 0x24, 1, 2, 3, 4], true),
        (&[0xff, 0xe0], false),
        (&[0xe9, 1, 2, 3, 4], false),
        (&[0x90, 0x90], false),
        (&[0xe8, 1, 2, 3], false),
    ] {
        let mut bytes = vec![0x90; 16];
        bytes.extend(code);
        let after = CODE + bytes.len() as u64;
        let core = process(
            Program::new(X86_64, &[&bytes[..], &[0x90; 8]].concat()),
            CODE,
            0,
            &[0],
        );
        let found = with_modules(&core, |modules| follows_a_call(modules, after));
        assert_eq!(found, expected, "{code:x?}");
    }
    // The first instruction of all code.
    let core = process(Program::new(X86_64, &[0xff, 0xd0, 0x90]), CODE, 0, &[0]);
    with_modules(&core, |modules| {
        assert!(follows_a_call(modules, CODE + 2));
        for nowhere in [0, 1, 4095, AT - 1, STACK, u64::MAX] {
            assert!(!follows_a_call(modules, nowhere), "{nowhere:#x}");
        }
    });
}

#[test]
fn calls_of_aarch64() {
    for (code, expected) in [
        (0x9400_0001_u32, true),
        (0x97ff_ffff, true),
        (0xd63f_0100, true),
        // blraaz, blraa.
        (0xd63f_091f, true),
        (0xd73f_0901, true),
        // b, br, ret, nop.
        (0x1400_0001, false),
        (0xd61f_0100, false),
        (0xd65f_03c0, false),
        (0xd503_201f, false),
    ] {
        let code = [0xd503_201f, code, 0xd503_201f]
            .map(u32::to_le_bytes)
            .concat();
        let core = process(Program::new(AARCH64, &code), CODE, 0, &[0]);
        let found = with_modules(&core, |modules| follows_a_call(modules, CODE + 8));
        assert_eq!(found, expected, "{code:x?}");
    }
}

#[test]
fn signal_frames_of_x86_64() {
    let long = &[0x48, 0xc7, 0xc0, 0x0f, 0, 0, 0, 0x0f, 0x05][..];
    let short = &[0xb8, 0x0f, 0, 0, 0, 0x0f, 0x05][..];
    // Behind five words: r8 to r15, rdi, rsi, rbp, rbx, rdx, rax, rcx, rsp, rip.
    let stack: Vec<u64> = (0..40).collect();
    for (code, known) in [(long, true), (short, true), (&[0x90; 9][..], false)] {
        let core = process(Program::new(X86_64, code), CODE, 0, &stack);
        let found = interrupted(&core);
        assert_eq!(found.is_some(), known);
        let Some(found) = found else { continue };
        assert_eq!((found.pc, found.sp(), found.fp()), (21, Some(20), Some(15)));
        assert_eq!(
            (found.get(8), found.get(0), found.get(2)),
            (Some(5), Some(18), Some(19))
        );
    }
    let core = process(Program::new(X86_64, long), CODE, 0, &stack[..21]);
    assert_eq!(interrupted(&core), None);
}

#[test]
fn signal_frames_of_aarch64() {
    let code = [0x68, 0x11, 0x80, 0xd2, 0x01, 0x00, 0x00, 0xd4];
    let stack: Vec<u64> = (0..80).collect();
    let core = process(Program::new(AARCH64, &code), CODE, 0, &stack);
    let found = interrupted(&core).unwrap();
    // 128 bytes of siginfo, 176 before uc_mcontext, 8 of fault address.
    let first = (128 + 176 + 8) / 8;
    assert_eq!(
        (found.get(0), found.fp(), found.sp()),
        (Some(first), Some(first + 29), Some(first + 31))
    );
    assert_eq!(found.pc, first + 32);
}

fn interrupted(core: &Core) -> Option<Registers> {
    with_modules(core, |modules| {
        let memory = core.memory.cached();
        signal_frame::interrupted(modules, &memory, &core.threads()[0].registers)
    })
}

#[test]
fn scans_have_an_end() {
    let core = process(calls(X86_64), CODE + 0x10, 0, &[1, 2, 3, CODE + 0x20]);
    with_modules(&core, |modules| {
        let memory = core.memory.cached();
        let frame = RawFrame::innermost(core.threads()[0].registers.clone());
        for (words, found) in [(0, Err(Stop::Scanned)), (4, Ok(Found::Scan))] {
            let result = fallback::caller(modules, &memory, &frame, &Cell::new(words));
            assert_eq!(result.map(|(_, found)| found), found);
        }
    });
}
