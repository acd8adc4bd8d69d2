#!/usr/bin/env bash
# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0
#
# cleaved's commands: help, refusals, the start and end of the service, stats, stop, doctor.
cleaved=$(dirname "${CLEAVE:-$(dirname "$0")/../../build/cleave}")/cleaved
source "$(dirname "$0")/lib.bash"
cp "$cleaved" "$work/cleaved" || exit 1
CLEAVED=$work/cleaved

service_commands=(serve stats stop doctor)
client_commands=(cas exec action)
commands=("${service_commands[@]}" "${client_commands[@]}")
unset XDG_RUNTIME_DIR
# The path of a socket can't be long.
sockets=$(mktemp -d /tmp/cleaved-XXXXXX)
trap 'rm -rf "$sockets"; chmod -R u+w "$work" 2>/dev/null; rm -rf "$work"' EXIT

# ---- words ----

# Each test that starts something has a runtime directory of its own: $XDG_RUNTIME_DIR.
place() {
    XDG_RUNTIME_DIR=$(mktemp -d "$sockets/XXXX")
    export XDG_RUNTIME_DIR
}

cleaved() { expect 0 "$CLEAVED" "$@"; }

# denies STATUS MESSAGE COMMAND…: as `refuses`, of cleaved.
denies() {
    local wanted=$1 message=$2
    shift 2
    expect "$wanted" "$CLEAVED" "$@"
    [[ $(tail -n 1 "$err") == "cleaved: error: $message" ]] ||
        fail "expected the message: cleaved: error: $message"
}

# serve ARG…: starts the service with the store ./store and waits until it serves. Sets $daemon to
# its process and $line to the first line that it printed.
serve() {
    mkfifo pipe
    # With each signal as it is by default: who runs this with nohup has SIGHUP ignored.
    env --default-signal "$CLEAVED" serve --store store --sandbox none "$@" >pipe 2>warnings &
    daemon=$!
    daemons+=("$daemon")
    trap 'kill -9 "${daemons[@]}" 2>/dev/null || true' EXIT
    exec {ready}<pipe
    rm pipe
    read -r -t 30 line <&"$ready" || fail "the service did not start: $(<warnings)"
}

# ended: the service comes to its end by itself, with exit status 0.
ended() {
    local status=0
    timeout 60 tail -f /dev/null --pid="$daemon" || fail "the service doesn't end"
    wait "$daemon" || status=$?
    [[ $status -eq 0 ]] || fail "the service ended with $status: $(<warnings)"
}

# json EXPRESSION: what a Python expression makes of $out, read as `it`.
json() {
    /usr/bin/python3 -c "import json, sys
it = json.load(open(sys.argv[1]))
print($1)" "$out"
}

# is TEXT WANTED
is() { [[ $1 == "$2" ]] || fail "expected $2, not $1"; }

# ---- help and usage ----

help_of_cleaved_lists_every_command() { lists_commands "$CLEAVED" "${commands[@]}"; }

help_of_cleaveds_commands_has_usage_and_example() {
    local command
    for command in "${commands[@]}"; do
        cleaved "$command" --help
        [[ $(head -n 1 "$out") == "usage: cleaved $command "*"[OPTION]…"* ]] || fail "no usage"
        is "$(grep -c '^example:$' "$out")" 1
        prints "  cleaved $command"
    done
    for command in "${service_commands[@]}"; do
        cleaved "$command" --help
        prints "--local-socket PATH"
    done
    for command in "${client_commands[@]}"; do
        cleaved "$command" --help
        prints "--remote ADDRESS"
    done
}

version_of_cleaved_is_that_of_the_source() {
    local version
    version=$(sed -n 's/^#define CLEAVE_VERSION "\(.*\)"/\1/p' "$top/src/base/version.h")
    for option in --version -V; do
        cleaved $option
        is "$(<"$out")" "cleaved $version"
    done
}

unknown_words_are_named() {
    denies 101 "unknown command server; see cleaved --help" server
    denies 101 "unknown option --frobnicate; see --help" serve --frobnicate
    denies 101 "unexpected now; see --help" stop now
    denies 101 "nothing may follow --; see --help" serve -- x
}

wrong_values_are_named() {
    place
    denies 101 "--store-size 20: give a whole number and its unit, B, KiB, MiB, GiB or TiB, as in 20GiB" \
        serve --store-size 20
    denies 101 "--store-size 0GiB: nothing fits into no bytes" serve --store-size 0GiB
    for jobs in 0 -1 x 1x 1025 ""; do
        denies 101 "--jobs $jobs: give a number from 1 to 1024" serve --jobs "$jobs"
    done
    denies 101 "unknown sandbox docker: there are auto, userns and none" serve --sandbox docker
    denies 101 "cannot listen on 127.0.0.1:80: give unix:PATH or tcp:HOST:PORT" \
        serve --listen 127.0.0.1:80
    is_absent "$XDG_RUNTIME_DIR/cleave"
}

other_machines_need_certificates() {
    local text="give --tls-cert, --tls-key and --tls-client-ca, so that only clients with a\
 certificate of yours are served, or listen on tcp:127.0.0.1:PORT"
    place
    for address in tcp:0.0.0.0:0 'tcp:[::]:0' tcp:192.0.2.1:80 tcp:example.org:80; do
        denies 101 "other machines can reach $address, and who reaches it runs programs here: $text" \
            serve --store store --listen "$address"
        denies 101 "other machines can reach $address, and who reaches it runs programs here: $text" \
            serve --store store --listen "$address" --tls-cert c --tls-key k
    done
    denies 101 "TLS needs the server's certificate and its key: give --tls-cert and --tls-key" \
        serve --store store --listen tcp:0.0.0.0:0 --tls-client-ca ca
    is_absent store
}

a_place_for_the_store_is_needed() {
    place
    expect 101 env -u HOME -u XDG_CACHE_HOME "$CLEAVED" serve
    says "there is no place for the store: give --store DIR, or set HOME or XDG_CACHE_HOME"
}

# ---- start and end ----

service_listens_where_only_its_user_can_reach() {
    place
    serve
    is "$line" "cleaved: listening on unix:$XDG_RUNTIME_DIR/cleave/reapi.sock"
    is "$(stat -c %a "$XDG_RUNTIME_DIR/cleave")" 700
    is "$(stat -c %a%F "$XDG_RUNTIME_DIR/cleave/reapi.sock")" "600socket"
    is "$(stat -c %a%F "$XDG_RUNTIME_DIR/cleave/local.sock")" "600socket"
    is "$(stat -c %a store)" 700
    kill -TERM "$daemon"
    ended
    is_absent "$XDG_RUNTIME_DIR/cleave/reapi.sock"
    is_absent "$XDG_RUNTIME_DIR/cleave/local.sock"
}

every_signal_to_end_is_obeyed() {
    place
    for signal in TERM INT HUP; do
        serve
        kill "-$signal" "$daemon"
        ended
    done
}

service_says_each_address_with_its_port() {
    place
    serve --listen tcp:127.0.0.1:0 --listen "unix:$XDG_RUNTIME_DIR/other" --listen 'tcp:[::1]:0'
    [[ $line =~ ^"cleaved: listening on tcp:127.0.0.1:"[1-9][0-9]*$ ]] || fail "printed $line"
    read -r -t 30 line <&"$ready"
    is "$line" "cleaved: listening on unix:$XDG_RUNTIME_DIR/other"
    read -r -t 30 line <&"$ready"
    [[ $line =~ ^"cleaved: listening on tcp:[::1]:"[1-9][0-9]*$ ]] || fail "printed $line"
    is_absent "$XDG_RUNTIME_DIR/cleave/reapi.sock"
    cleaved stop
    ended
}

service_without_sandbox_warns() {
    place
    serve
    grep -q '^cleaved: warning: ' warnings || fail "no warning: $(<warnings)"
    cleaved stop
    ended
}

default_store_is_in_the_cache_folder() {
    place
    mkfifo pipe
    XDG_CACHE_HOME=$PWD/cache "$CLEAVED" serve --sandbox none >pipe 2>warnings &
    daemon=$!
    exec {ready}<pipe
    read -r -t 30 line <&"$ready"
    is_there cache/cleave/store/cas
    cleaved stop
    ended
}

store_has_one_service_at_a_time() {
    place
    serve
    denies 100 "the store $PWD/store is open in another process ($daemon); stop that one or name\
 another directory" serve --store store --local-socket other
    is_absent other
    denies 100 "another process listens on $XDG_RUNTIME_DIR/cleave/local.sock; end it (cleaved stop),\
 or choose another path" serve --store store2 --listen tcp:127.0.0.1:0
    cleaved stop
    ended
}

services_with_places_of_their_own_run_side_by_side() {
    place
    serve
    first=$daemon
    mkfifo pipe2
    "$CLEAVED" serve --store store2 --sandbox none --listen tcp:127.0.0.1:0 \
        --local-socket "$XDG_RUNTIME_DIR/two.sock" >pipe2 2>/dev/null &
    second=$!
    daemons+=("$second")
    read -r -t 30 line <pipe2
    cleaved stats --json --local-socket "$XDG_RUNTIME_DIR/two.sock"
    is "$(json 'it["pid"]')" "$second"
    cleaved stats --json
    is "$(json 'it["pid"]')" "$first"
    cleaved stop --local-socket "$XDG_RUNTIME_DIR/two.sock"
    wait "$second"
    cleaved stop
    ended
}

sockets_of_a_killed_service_are_replaced() {
    place
    serve
    kill -KILL "$daemon"
    wait "$daemon" || true
    is_there "$XDG_RUNTIME_DIR/cleave/reapi.sock"
    cleaved doctor --store store
    prints "reapi.sock was left behind; the next cleaved serve replaces it"
    serve
    is "$line" "cleaved: listening on unix:$XDG_RUNTIME_DIR/cleave/reapi.sock"
    cleaved stats
    cleaved stop
    ended
}

runtime_directory_open_to_others_is_refused() {
    place
    mkdir "$XDG_RUNTIME_DIR/cleave"
    chmod 755 "$XDG_RUNTIME_DIR/cleave"
    denies 102 "$XDG_RUNTIME_DIR/cleave is open to other users; chmod 700 $XDG_RUNTIME_DIR/cleave" \
        serve --store store
    expect 100 "$CLEAVED" doctor --store store
    prints "bad   sockets"
    is_absent store
}

runtime_directory_that_is_a_link_is_refused() {
    place
    mkdir -m 700 target
    ln -s "$PWD/target" "$XDG_RUNTIME_DIR/cleave"
    denies 102 "$XDG_RUNTIME_DIR/cleave should be a directory for cleaved's sockets and isn't one;\
 remove it" serve --store store
}

# ---- stats and stop ----

stats_are_shown_for_people_and_programs() {
    place
    serve --store-size 3GiB --jobs 3 --fsync
    cleaved stats
    prints "process $daemon"
    prints "  listens on unix:$XDG_RUNTIME_DIR/cleave/reapi.sock"
    prints "store $PWD/store, fsync"
    prints "0 B of 3.0 GiB in 0 blobs and 0 results"
    prints "actions: 0 running of at most 3, 0 waiting"
    cleaved stats --json
    is "$(json 'it["pid"]')" "$daemon"
    is "$(json 'it["version"]')" "$("$CLEAVED" --version | cut -d' ' -f2)"
    is "$(json 'it["addresses"][0]')" "unix:$XDG_RUNTIME_DIR/cleave/reapi.sock"
    is "$(json 'it["sandbox"]')" none
    is "$(json 'it["store"]["limit"], it["store"]["fsync"], it["store"]["blobs"]')" \
        "3221225472 True 0"
    is "$(json 'it["actions"]["jobs"], it["actions"]["running"]')" "3 0"
    is "$(json 'it["figures"]["result_hits"]')" 0
    is "$(json 'it["methods"]')" "{}"
    cleaved stop
    ended
}

stats_need_a_service() {
    place
    denies 100 "no cleaved listens on $XDG_RUNTIME_DIR/cleave/local.sock; start one with cleaved\
 serve" stats
}

stop_of_nothing_is_no_error() {
    place
    cleaved stop
    is "$(<"$out")" "no cleaved listens on $XDG_RUNTIME_DIR/cleave/local.sock"
}

stop_returns_when_the_place_is_free() {
    place
    for _ in 1 2 3; do
        serve
        cleaved stop
        silent
    done
}

# ---- doctor ----

doctor_finds_nothing_wrong_here() {
    place
    cleaved doctor --store store
    prints "store        $PWD/store will be made"
    prints "sockets      $XDG_RUNTIME_DIR/cleave will be made"
    prints "daemon       no cleaved listens on $XDG_RUNTIME_DIR/cleave/local.sock"
    is_absent store
    is_absent "$XDG_RUNTIME_DIR/cleave"
}

doctor_sees_the_service_that_runs() {
    place
    serve
    cleaved doctor --store store --json
    is "$(json '[f["text"] for f in it if f["subject"] == "daemon"][0]')" \
        "$("$CLEAVED" --version) runs, process $daemon"
    is "$(json '[f["text"] for f in it if f["subject"] == "store"][0]')" \
        "$PWD/store is open in process $daemon"
    is "$(json 'set(f["level"] for f in it) <= {"ok", "warn"}')" True
    cleaved stop
    ended
}

doctor_names_a_directory_that_is_no_store() {
    place
    mkdir strange old
    touch strange/file
    echo "cleave store 0" >old/format
    expect 100 "$CLEAVED" doctor --store strange
    prints "bad   store        $PWD/strange isn't empty and isn't a store"
    prints "→ choose a directory that is new or empty by --store"
    expect 100 "$CLEAVED" doctor --store old
    prints "bad   store        $PWD/old has a format that this cleaved doesn't know"
    expect 100 "$CLEAVED" doctor --store strange/file/store
    prints "bad   store        $PWD/strange/file/store can't be made: $PWD/strange/file is no directory"
}

doctor_names_limits_that_are_low() {
    place
    expect 0 bash -c "ulimit -n 1000 && '$CLEAVED' doctor --store store"
    prints "warn  descriptors  only 1000 files and sockets at once"
    expect 100 bash -c "ulimit -n 100 && '$CLEAVED' doctor --store store"
    prints "bad   descriptors  only 100 files and sockets at once"
}

run_tests "$@"
