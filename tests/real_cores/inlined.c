/* Functions inlined into one another, and enough of types that dwz finds something to share. */

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static volatile int *volatile nowhere;
volatile int sink;

static inline __attribute__((always_inline)) int deepest(volatile int *p) { return *p + 1; }

static inline __attribute__((always_inline)) int deeper(volatile int *p) { return deepest(p) * 3; }

__attribute__((noinline, noclone)) int outer(volatile int *p)
{
    struct timespec now = {deeper(p), 0};
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    sink = mutex.__data.__kind;
    return (int)now.tv_sec;
}

int main(void)
{
    sink = outer(nowhere);
    return sink;
}
