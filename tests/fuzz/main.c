/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */

/* Stands in for libFuzzer: gives each file named on the command line to the target, once. */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define INPUT_MAX (1 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay(const char *path)
{
    FILE *file = fopen(path, "rb");

    if (file == NULL) {
        perror(path);
        return -1;
    }
    /* Of exactly the input's size, so that a sanitizer sees a read past its end. */
    uint8_t *data = malloc(INPUT_MAX);
    size_t size = fread(data, 1, INPUT_MAX, file);
    uint8_t *exact = realloc(data, size > 0 ? size : 1);

    fclose(file);
    LLVMFuzzerTestOneInput(exact, size);
    free(exact);
    return 0;
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (replay(argv[i]) < 0) {
            return EXIT_FAILURE;
        }
    }
    return EXIT_SUCCESS;
}
