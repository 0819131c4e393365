/* Stripped of its debug information, but for the symbols of MiniDebugInfo. */

static __attribute__((noinline)) int fails(volatile int *p) { return *p; }

int main(void) { return fails(0); }
