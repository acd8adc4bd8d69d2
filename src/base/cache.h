/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Where things are remembered from one run to the next, for speed alone. */

#include "base/error.h"

/*
 * $XDG_CACHE_HOME/cleave, else $HOME/.cache/cleave, out of a list of environment strings; NULL
 * when neither variable is an absolute path. Owned by caller. The folder may not exist.
 */
char *cache_folder(char *const *env);
