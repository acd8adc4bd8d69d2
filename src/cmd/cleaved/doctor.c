/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "server/doctor.h"

#include <stdio.h>

#include <jansson.h>

#include "base/memory.h"
#include "cmd/cleaved/command.h"
#include "cmd/cleaved/places.h"

static void print_text(const struct findings *findings)
{
    for (size_t i = 0; i < findings->len; i++) {
        const struct finding *finding = &findings->items[i];
        printf("%-5s %-12s %s\n", finding_level_name(finding->level), finding->subject,
               finding->text);
        if (finding->remedy)
            printf("%-18s → %s\n", "", finding->remedy);
    }
}

static int print_json(const struct findings *findings, struct error *err)
{
    json_t *json = json_array();

    for (size_t i = 0; i < findings->len; i++) {
        const struct finding *finding = &findings->items[i];
        json_array_append_new(json, json_pack("{s:s, s:s, s:s, s:s?}", "level",
                                              finding_level_name(finding->level), "subject",
                                              finding->subject, "text", finding->text, "remedy",
                                              finding->remedy));
    }
    auto_free char *text =
        json_array_size(json) == findings->len ? json_dumps(json, JSON_INDENT(2)) : NULL;
    json_decref(json);
    if (!text)
        return error_set(err, ERROR_FAILURE,
                         "the findings can't be shown as JSON: a path in them isn't UTF-8");
    puts(text);
    return 0;
}

static int examine(const char *store, const char *local_socket, struct findings *findings,
                   struct error *err)
{
    auto_places places = PLACES_INIT;

    if (places_find(store, local_socket, &places, err) < 0)
        return -1;
    const struct doctor_places doctor_places = {
        .store = places.store,
        .runtime = places.runtime,
        .reapi_socket = places.reapi_socket,
        .local_socket = places.local_socket,
    };
    doctor_examine(&doctor_places, findings);
    return 0;
}

int command_doctor(int argc, char **argv, int *ret_status, struct error *err)
{
    auto_arguments arguments = ARGUMENTS_INIT;
    auto_findings findings = FINDINGS_INIT;
    const char *store = NULL, *local_socket = NULL;
    bool json = false;
    const struct option options[] = {
        {"--store", "DIR", "the store, if it isn't the usual one", .ret_text = &store},
        {"--json", NULL, "for programs: a list of level, subject, text, remedy",
         .ret_switch = &json},
        LOCAL_SOCKET_OPTION(&local_socket),
    };
    const struct option_table table = {
        .usage = "cleaved doctor [OPTION]…",
        .summary =
            "Looks at what the service needs: namespaces, the store, sockets, limits. Says for\n"
            "each what there is, ok, warn or bad, and what to do. The exit status is 100 where\n"
            "something is bad: cleaved serve would fail.",
        .example = "cleaved doctor",
        .options = options,
        .count = sizeof(options) / sizeof(options[0]),
    };

    int status = command_parse(&table, argc, argv, &arguments, err);
    if (status != 0)
        return status < 0 ? -1 : 0;
    if (examine(store, local_socket, &findings, err) < 0)
        return -1;
    if (findings_worst(&findings) == FINDING_BAD)
        *ret_status = ERROR_FAILURE;
    if (json)
        return print_json(&findings, err);
    print_text(&findings);
    return 0;
}
