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
ln -s small "$dir/tree/link"

remotetool() {
    timeout 60 "$tool" --service="localhost:${service_address##*:}" "${options[@]}" "$@" \
        >"$out" 2>&1
}

digest_in() {
    grep -oE '[0-9a-f]{64}/[0-9]+' "$out" | tail -n 1
}

blobs_and_trees() {
    remotetool --operation=upload_dir --path="$dir/tree"
    expect "$1: a directory is uploaded" test $? -eq 0
    local tree
    tree=$(digest_in)
    rm -rf "$dir/back"
    remotetool --operation=download_dir --digest="$tree" --path="$dir/back"
    expect "$1: and downloaded" diff -r --no-dereference "$dir/tree" "$dir/back"
    remotetool --operation=upload_blob --path="$dir/tree/sub/big"
    local blob
    blob="$(sha256sum <"$dir/tree/sub/big" | cut -d' ' -f1)/3000000"
    remotetool --operation=download_blob --digest="$blob" --path="$dir/blob"
    expect "$1: a blob comes back" cmp "$dir/tree/sub/big" "$dir/blob"
    remotetool --operation=check_determinism --digest="$blob"
    expect "$1: what is no action is told" test $? -ne 0
}

service_start "$dir/service" || finish
options=(--instance=main --service_no_security=true)
blobs_and_trees plain
service_stop

PYTHONPATH=tests/e2e/reapi /usr/bin/python3 -m reapi.certificates "$dir/tls"
service_start "$dir/tls-service" --tls-cert "$dir/tls/server.pem" --tls-key "$dir/tls/server.key" \
    --tls-client-ca "$dir/tls/ca.pem" || finish
options=(--instance=main --service_no_auth=true --tls_ca_cert="$dir/tls/ca.pem"
    --tls_client_auth_cert="$dir/tls/client.pem" --tls_client_auth_key="$dir/tls/client.key")
blobs_and_trees 'mutual TLS'
service_stop
finish
