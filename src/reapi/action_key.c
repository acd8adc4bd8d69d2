/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "reapi/action_key.h"

#include <string.h>

#include "base/buf.h"

/* A new number makes all earlier entries unreachable: for when what is stored changes its meaning.
 */
#define VERSION "cleave action 1"

void action_key(const char *instance, const struct blob_digest *action, struct digest *ret_key)
{
    auto_buf text = BUF_INIT;
    char name[BLOB_NAME_SIZE];

    buf_add(&text, VERSION, sizeof(VERSION)); /* each with its NUL, which no name has in it */
    buf_add(&text, instance, strlen(instance) + 1);
    buf_add_str(&text, blob_name(action, name));
    digest_of(text.data, text.len, ret_key);
}
