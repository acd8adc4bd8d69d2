/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What executor.c, which opens and closes it, shares with executor_run.c, which runs actions. */

#include <stdbool.h>

#include "server/executor.h"
#include "server/input_layers.h"
#include "server/input_root.h"
#include "server/run.h"
#include "server/runner.h"
#include "server/scratch.h"

struct executor {
    struct store *store;
    struct scratch *scratch;
    struct layers *layers;
    struct input_roots *roots;
    struct runner *runner;
    struct strv hidden;
    enum sandbox_mode mode; /* never SANDBOX_AUTO */
    bool overlay;           /* input roots are layers, else copies */
    char host[256];
};

/*
 * The directory of a run: upper/ and work/ for an overlay, else root/. The command's stdout and
 * stderr will be there, too. For scratch_discard.
 */
int run_dir_make(struct scratch *scratch, bool overlay, char **ret_path,
                 struct error *err) must_check;
