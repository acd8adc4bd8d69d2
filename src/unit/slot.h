/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Slots: marker arguments that codegen gives to rustc where flags that are known late would stand.
 * They come out on the linker line at rustc's own places, and the link fills them.
 */

#include "rust/rustc_command.h"

/* What the slot of the crate that this command line compiles is called. Owned by caller. */
char *slot_natives_name(const struct rustc_command *command);

/* What "-l static:-bundle=" is given for the natives slot of that name. Owned by caller. */
char *slot_natives_library(const char *name);

/*
 * rustc has shared libraries of dependencies after all crates, not after the one that asks: what
 * "-l dylib=" is given for that place. It is the natives slot of a crate NAME.shared. Owned by
 * caller.
 */
char *slot_shared_natives_library(const char *name);

/* The crate whose natives slot the library name is, or NULL. Points into LIBRARY. */
const char *slot_natives_crate(const char *library);

/* The linker argument that marks the place of link-args. */
#define SLOT_LINK_ARGS "cleave-slot-link-args"
