/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The one thing that a build needs and `cargo metadata` doesn't tell: `harness = false`. It is read
 * from the manifest's [lib], [[bin]] and [[test]] tables, which everyone writes one key a line.
 */

#include <stddef.h>

#include "cargo/generate_packages.h"

#define CARGO_MANIFEST_SIZE_CAP (16u << 20)

/* Clears harness in those targets of the package of which the manifest's text says so. */
void cargo_manifest_apply(const char *text, size_t len, struct cargo_package *package);

/* The same for every member, from its manifest. */
int cargo_manifests_apply(struct cargo_packages *packages, struct error *err) must_check;
