/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */

#include <stdlib.h>

void *counting_alloc(size_t align, size_t size);
void counting_free(void *memory);
size_t counting_calls(void);

static size_t calls;

void *counting_alloc(size_t align, size_t size)
{
    void *memory = NULL;

    __atomic_add_fetch(&calls, 1, __ATOMIC_RELAXED);
    if (align < sizeof(void *))
        align = sizeof(void *);
    return posix_memalign(&memory, align, size) == 0 ? memory : NULL;
}

void counting_free(void *memory)
{
    free(memory);
}

size_t counting_calls(void)
{
    return __atomic_load_n(&calls, __ATOMIC_RELAXED);
}
