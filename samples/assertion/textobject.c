/* The failed assertion of GH-70127 in the sample history, in a program of its own. */
#include <assert.h>
#include <stddef.h>

typedef struct {
    ptrdiff_t length;
    const char *points;
} TextObject;

static char
text_slice(TextObject *text, ptrdiff_t start, ptrdiff_t stop)
{
    assert(0 <= start && start <= text->length);
    return text->points[start + stop];
}

static char
text_subscript(TextObject *text, ptrdiff_t start)
{
    return text_slice(text, start, text->length);
}

int
main(void)
{
    TextObject text = {4, "moon"};
    return text_subscript(&text, -9);
}
