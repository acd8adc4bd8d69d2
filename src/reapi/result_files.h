/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What an action left, brought to the disk. */

#include "base/error.h"
#include "base/strv.h"
#include "proto/reapi.pb-c.h"
#include "reapi/client_cas.h"

/*
 * Writes the files, directories and symlinks of the result below DIR, the action's working
 * directory here. Files and directories appear whole or not at all, in the place of what was there;
 * symlinks come last. Nothing is written outside of DIR: a path with .. in it, or one that leads
 * through a symlink to elsewhere, is refused, and so is an output that isn't in DECLARED, a list of
 * clean paths; NULL for a DIR where anything may be written. CLIENT_ABSENT, with a text, when the
 * service has lost a blob of the result.
 */
int result_files_write(struct client *client, const Reapi__ActionResult *result, const char *dir,
                       const struct strv *declared, struct client_moved *moved,
                       struct error *err) must_check;

/*
 * Writes stdout or stderr to an open file, checked before its first byte is written. RAW is what
 * came in the result, DIGEST names it otherwise, and may be NULL. Or CLIENT_ABSENT.
 */
int result_output_write(struct client *client, const ProtobufCBinaryData *raw,
                        const Reapi__Digest *digest, int fd, struct error *err) must_check;
