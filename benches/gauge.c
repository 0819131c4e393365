/* The thread of the target of live.sh that notices when it stands still: it reads the clock all the time, and writes down
 * every gap between two readings that is longer than a limit. */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

/* The shared file is an array of numbers; live.sh and gauged.py know the places too. */
enum { GAPS = 0, READINGS = 1, PRIORITY = 2, FIRST_GAP = 64, ROOM = 32768 };

static uint64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t) time.tv_sec * 1000000000 + (uint64_t) time.tv_nsec;
}

/* The working threads must not be taken for a stop: this one goes first, on one processor. */
static uint64_t go_first(void) {
    struct sched_param param = { .sched_priority = 50 };
    if (sched_setscheduler(0, SCHED_FIFO, &param) == 0) {
        cpu_set_t allowed, last;
        CPU_ZERO(&last);
        sched_getaffinity(0, sizeof allowed, &allowed);
        for (int cpu = CPU_SETSIZE - 1; cpu >= 0 && CPU_COUNT(&last) == 0; cpu--)
            if (CPU_ISSET(cpu, &allowed))
                CPU_SET(cpu, &last);
        pthread_setaffinity_np(pthread_self(), sizeof last, &last);
        return 1;
    }
    return setpriority(PRIO_PROCESS, (id_t) gettid(), -20) == 0 ? 2 : 3;
}

void gauge(volatile uint64_t *shared, uint64_t limit) {
    /* A thread that goes first and never sleeps is put off by the kernel for 50 ms of each second. */
    struct timespec rest = { .tv_nsec = 20000 };
    uint64_t last = now();
    shared[PRIORITY] = go_first();
    for (;;) {
        clock_nanosleep(CLOCK_MONOTONIC, 0, &rest, 0);
        uint64_t time = now();
        if (time - last > limit) {
            volatile uint64_t *gap = shared + FIRST_GAP + 2 * (shared[GAPS] % ROOM);
            gap[0] = last;
            gap[1] = time - last;
            __sync_synchronize();
            shared[GAPS]++;
        }
        last = time;
        shared[READINGS]++;
    }
}
