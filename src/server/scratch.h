/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The executor's directory: numbered directories for what runs and what is kept, and their removal,
 * which a thread does meanwhile.
 *
 *     DIR/runs/N    one run of an action
 *     DIR/trees/N   a layer of input roots (input_layers.h)
 *     DIR/gone/N    what is being removed
 *
 * What an earlier process left is removed, too. All functions may be called by any thread.
 */

#include "base/error.h"

struct scratch;

enum scratch_kind { SCRATCH_RUN, SCRATCH_TREE, SCRATCH_KINDS };

/* DIR is absolute; it is made, with its parents, where it isn't there. */
int scratch_open(const char *dir, struct scratch **ret_scratch, struct error *err) must_check;

/* Waits until all that was discarded is removed. NULL is fine. */
void scratch_close(struct scratch *scratch);

/* DIR without links. */
const char *scratch_dir(const struct scratch *scratch);

/* Makes a directory, mode 0755. Sets *ret_path, absolute, which scratch_discard takes. */
int scratch_make(struct scratch *scratch, enum scratch_kind kind, char **ret_path,
                 struct error *err) must_check;

/* Removes the directory with all that is in it, soon, and frees PATH. NULL is fine. */
void scratch_discard(struct scratch *scratch, char *path);
