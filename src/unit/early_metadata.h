/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A hollow rlib before codegen ends: rustc is run as for the real rlib, with the very same hashed
 * flags, and stopped once its metadata is there. (Its own notice of that needs --json=artifacts,
 * which is a hashed flag too.)
 */

#include "base/error.h"
#include "unit/codegen.h"

/*
 * Writes the hollow rlib OUTPUT of the library that the command line compiles; nothing else is
 * written. Refuses what isn't a library, and an --emit without metadata or link: the crate's hash
 * depends on that list, so that it can't be changed here. Which libraries the crate bundles isn't
 * known yet, so that the hollow has no stand-ins for them: since 1.99 rustc then leaves them out of
 * what it links, which link_bundled_check finds.
 */
int early_metadata_run(const struct codegen *codegen, const char *output, struct strv *warnings,
                       struct error *err) must_check;
