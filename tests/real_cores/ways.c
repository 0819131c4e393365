/* Dies in the way that it is told, each a case of its own for whoever unwinds its stack. */

#define _GNU_SOURCE
#include <alloca.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define APART __attribute__((noinline, noclone))

static volatile int *volatile nowhere;
volatile int sink;

/* A leaf: on aarch64 its return address is in a register only. */
APART int leaf(volatile int *p) { return *p + 1; }

APART int recurse(int depth, volatile int *p)
{
    if (depth == 0)
        return leaf(p);
    int below = recurse(depth - 1, p);
    return below + depth;
}

APART void handler(int signal)
{
    sink = recurse(2, nowhere);
    sink = signal;
}

APART int with_alloca(unsigned size)
{
    char *room = alloca(size);
    memset(room, 1, size);
    int below = leaf(nowhere);
    return below + room[size - 1];
}

APART int through(int (*function)(int))
{
    int result = function(3);
    return result + 1;
}

/* Signals of its own, so that a debugger that waits for the last one can tell them apart. */
APART void traps(void) { __builtin_trap(); }

#ifdef __x86_64__
/* Its first instruction fails: the address before it is another function's. */
void first_instruction(void);
__asm__(".text\n.globl first_instruction\n.type first_instruction, @function\n"
        "first_instruction: .cfi_startproc\n ud2\n ret\n .cfi_endproc\n"
        ".size first_instruction, .-first_instruction\n");

/* Code that no call frame information describes, with a frame pointer and without. */
int with_frame_pointer(volatile int *p);
int without_frame_pointer(volatile int *p);
__asm__(".text\n.globl with_frame_pointer\n.type with_frame_pointer, @function\n"
        "with_frame_pointer: pushq %rbp\n movq %rsp, %rbp\n subq $64, %rsp\n call leaf\n leave\n ret\n"
        ".size with_frame_pointer, .-with_frame_pointer\n"
        ".globl without_frame_pointer\n.type without_frame_pointer, @function\n"
        "without_frame_pointer: pushq %rbp\n xorl %ebp, %ebp\n movq $0, -8(%rsp)\n movq $0, -16(%rsp)\n"
        " movq $0, -24(%rsp)\n subq $24, %rsp\n call leaf\n addq $24, %rsp\n popq %rbp\n ret\n"
        ".size without_frame_pointer, .-without_frame_pointer\n");
#endif

static void on(int number, int flags)
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = handler;
    action.sa_flags = flags;
    sigaction(number, &action, NULL);
}

static void own_stack(void)
{
    static char room[64 << 10];
    stack_t stack;
    memset(&stack, 0, sizeof stack);
    stack.ss_sp = room;
    stack.ss_size = sizeof room;
    sigaltstack(&stack, NULL);
}

int main(int argc, char **argv)
{
    const char *way = argc > 1 ? argv[1] : "";
    int result = 0;
    if (!strcmp(way, "recurse")) {
        result = recurse(5, nowhere);
    } else if (!strcmp(way, "handler")) {
        on(SIGUSR1, 0);
        raise(SIGUSR1);
    } else if (!strcmp(way, "fault")) {
        on(SIGILL, 0);
        on(SIGTRAP, 0);
        traps();
    } else if (!strcmp(way, "own-stack")) {
        own_stack();
        on(SIGUSR1, SA_ONSTACK);
        raise(SIGUSR1);
    } else if (!strcmp(way, "null")) {
        result = through(NULL);
    } else if (!strcmp(way, "alloca")) {
        result = with_alloca(1000 + (unsigned)argc);
    } else if (!strcmp(way, "deleted")) {
        unlink(argv[0]);
        result = leaf(nowhere);
    } else if (!strcmp(way, "abort")) {
        abort();
#ifdef __x86_64__
    } else if (!strcmp(way, "first")) {
        on(SIGILL, 0);
        first_instruction();
    } else if (!strcmp(way, "frame-pointer")) {
        result = with_frame_pointer(nowhere);
    } else if (!strcmp(way, "scan")) {
        result = without_frame_pointer(nowhere);
#endif
    } else if (!strcmp(way, "wait")) {
        puts("ready");
        fflush(stdout);
        pause();
    }
    return result + sink;
}
