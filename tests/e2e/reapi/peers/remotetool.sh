#!/usr/bin/env bash
# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0
#
# remotetool of remote-apis-sdks, a Go client, with cleaved: blobs, directories, an action; over TLS
# with a client certificate. The program is looked for in $PEERS, then in $PATH.
set -u
cd "$(dirname "$0")/../../../.." || exit 1
# shellcheck source=tests/e2e/reapi/service.bash
source tests/e2e/reapi/service.bash
# shellcheck source=tests/e2e/reapi/expect.bash
source tests/e2e/reapi/expect.bash

tool=$(PATH=${PEERS:-}:$PATH command -v remotetool) || {
    echo "skipped: remotetool: none in \$PEERS or \$PATH"
    finish
}
dir=$(realpath -m "${BUILD:-build}/remotetool")
out=$dir/out.txt
rm -rf "$dir"
mkdir -p "$dir/tree/sub"
head -c 3000000 /dev/urandom >"$dir/tree/sub/big"
echo small >"$dir/tree/small"

remotetool() {
    timeout 60 "$tool" --service="localhost:${service_address##*:}" "${options[@]}" "$@" \
        >"$out" 2>&1
}

# The directory that was uploaded, as the report in JSON says.
root_digest() {
    sed -n 's/^ *"Hash": "\(.*\)",$/\1/p; s/^ *"Size": \([0-9]*\)$/\1/p' "$dir/report.json" |
        paste -sd /
}

blobs_and_trees() {
    remotetool --operation=upload_dir --path="$dir/tree" --json="$dir/report.json"
    expect "$1: a directory is uploaded" test $? -eq 0
    rm -rf "$dir/back"
    remotetool --operation=download_dir --digest="$(root_digest)" --path="$dir/back"
    expect "$1: and downloaded" diff -r "$dir/tree" "$dir/back"
    remotetool --operation=upload_blob --path="$dir/tree/sub/big"
    local blob
    blob="$(sha256sum <"$dir/tree/sub/big" | cut -d' ' -f1)/3000000"
    remotetool --operation=download_blob --digest="$blob" --path="$dir/blob"
    expect "$1: a blob comes back" cmp "$dir/tree/sub/big" "$dir/blob"
}

# An action from the files that describe it: run, looked at, run ten times more.
action() {
    local root=$dir/action digest
    mkdir -p "$root/input"
    echo in >"$root/input/in.txt"
    echo 'do_not_cache: false' >"$root/ac.textproto"
    cat >"$root/cmd.textproto" <<'TEXTPROTO'
arguments: "/bin/sh"
arguments: "-c"
arguments: "cat in.txt in.txt >out.txt; echo said"
output_paths: "out.txt"
TEXTPROTO
    remotetool --operation=execute_action --action_root="$root" --path="$dir/outputs"
    expect "$1: an action is run" grep -q '^said' "$out"
    expect "$1: and its output comes" test "$(cat "$dir/outputs/out.txt")" = $'in\nin'
    digest=$(sed -n 's/^Action digest: //p' "$out")
    remotetool --operation=show_action --digest="$digest"
    expect "$1: it is shown with its result" grep -q 'out.txt' "$out"
    remotetool --operation=check_determinism --exec_attempts=10 --digest="$digest"
    expect "$1: ten runs give the same" test $? -eq 0
}

service_start "$dir/service" || finish
options=(--instance=main --service_no_security=true)
blobs_and_trees plain
action plain
service_stop

PYTHONPATH=tests/e2e/reapi /usr/bin/python3 -m reapi.certificates "$dir/tls"
service_start "$dir/tls-service" --tls-cert "$dir/tls/server.pem" --tls-key "$dir/tls/server.key" \
    --tls-client-ca "$dir/tls/ca.pem" || finish
options=(--instance=main --service_no_auth=true --tls_ca_cert="$dir/tls/ca.pem"
    --tls_client_auth_cert="$dir/tls/client.pem" --tls_client_auth_key="$dir/tls/client.key")
blobs_and_trees 'mutual TLS'
action 'mutual TLS'
service_stop
finish
