/* One function with arguments of every kind that is shown, and of kinds that are not. */

#include <stdbool.h>

enum colour { RED, GREEN = 7 };

struct pair {
    int a, b;
};

volatile int sink;

__attribute__((noinline, noclone)) int takes(int number, unsigned char small, const char *text, bool yes,
                                             enum colour colour, int *pointer, long long wide, double real,
                                             struct pair pair)
{
    sink = number + small + text[0] + yes + colour + (int)wide + (int)real + pair.a;
    return *pointer + number;
}

int main(int argc, char **argv)
{
    struct pair pair = {1, 2};
    (void)argv;
    int result = takes(-5, 200, "some \"text\"", true, GREEN, 0, -1234567890123LL, 1.5, pair);
    return result + argc;
}
