/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A unit's plan.pb: what was read can be written and read again, the bytes then stay the same, and
 * it can be rendered as a linker line.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "unit/link_line.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_round_trip(const struct plan *plan)
{
    auto_plan again = PLAN_INIT;
    auto_buf first = BUF_INIT;
    auto_buf second = BUF_INIT;
    auto_error err = ERROR_INIT;

    plan_encode(plan, &first);
    if (plan_parse(first.data, first.len, "again", &again, &err) < 0)
        abort();
    plan_encode(&again, &second);
    if (first.len != second.len || memcmp(first.data, second.data, first.len) != 0)
        abort();
}

/* No file is there: a place that is the same for all crates, and members that nobody has. */
static void render(const struct plan *plan)
{
    auto_link_request request = LINK_REQUEST_INIT;
    auto_link_crates crates = LINK_CRATES_INIT;
    struct link_places places = {.request = &request, .plan = plan, .crates = &crates};
    auto_strv argv = STRV_INIT;
    auto_strv env = STRV_INIT;
    auto_error err = ERROR_INIT;

    request.unit = "unit";
    request.output = "out";
    crates.count = plan->crate_count;
    crates.paths = xcalloc(crates.count, sizeof(*crates.paths));
    for (size_t i = 0; i < crates.count; i++)
        crates.paths[i] = xstrdup("/nonexistent/crate.so");
    places.cwd = xstrdup("/nonexistent");
    places.sysroot = plan->sysroot.text ? xstrdup("/nonexistent/rust") : NULL;
    places.output = xstrdup("/nonexistent/out");
    places.bundled_dir = xstrdup("/nonexistent/bundled");
    if (link_line_render(&places, &argv, &err) == 0)
        link_line_environment(&places, &env);
    link_places_release(&places);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    auto_plan plan = PLAN_INIT;
    auto_error err = ERROR_INIT;

    if (plan_parse(data, size, "plan.pb", &plan, &err) < 0)
        return 0;
    plan_is_relocatable(&plan);
    check_round_trip(&plan);
    render(&plan);
    return 0;
}
