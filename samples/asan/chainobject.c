/* The bug of GH-70133 in the sample history, in a program of its own: a key is read after its link was freed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct link {
    const char *key;
    struct link *next;
} link;

static link *
chain_seek(link *first, const char *key)
{
    for (link *at = first; at != NULL; at = at->next) {
        if (strcmp(at->key, key) == 0) {
            return at;
        }
    }
    return NULL;
}

static int
chain_drop(link **first, const char *key)
{
    link *found = chain_seek(*first, key);
    *first = found->next;
    free(found);
    printf("dropped %s\n", found->key);
    return 0;
}

int
main(void)
{
    link *only = malloc(sizeof(link));
    only->key = "Blue Moon";
    only->next = NULL;
    return chain_drop(&only, "Blue Moon");
}
