#!/usr/bin/env bash
# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0
#
# Bazel 2.1.0, an older client of API 2.0, with cleaved: the small workspace, twice; over TLS.
set -u
cd "$(dirname "$0")/../../../.." || exit 1
# shellcheck source=tests/e2e/bazel/debian.bash
source tests/e2e/bazel/debian.bash
# shellcheck source=tests/e2e/reapi/service.bash
source tests/e2e/reapi/service.bash
# shellcheck source=tests/e2e/reapi/expect.bash
source tests/e2e/reapi/expect.bash
# shellcheck source=tests/e2e/reapi/peers/npm.bash
source tests/e2e/reapi/peers/npm.bash

npm_client @bazel/bazel-linux_x64/bazel-2.1.0-linux-x86_64 || finish
dir=$(realpath -m "${BUILD:-build}/bazel-2")
out=$dir/out.txt
rm -rf "$dir"
bazel_setup "$dir"

bazel2() {
    local base=$1
    shift
    (cd tests/e2e/reapi/workspace &&
        "$client" --bazelrc="$dir/bazelrc" --output_base="$dir/$base" "$@") >"$out" 2>&1
}

# said PATTERN: Bazel's own count of its processes, "INFO: 60 processes: 60 remote cache hit."
said() {
    grep -oE '[0-9]+ process(es)?: .*' "$out" | tail -n 1 | grep -qE "$1"
}

service_start "$dir/service"
remote=--remote_executor=grpc://$service_address
bazel2 first test "$remote" //:all
expect 'everything builds and passes' test $? -eq 0
expect 'by cleaved' said '^[0-9]+ processes: [0-9]+ remote\.$'
bazel2 second test "$remote" //:all
expect 'from another output base, too' test $? -eq 0
expect 'with every action a cache hit' said '^[0-9]+ processes: [0-9]+ remote cache hit\.$'
bazel2 first build "$remote" //:fails
expect 'a failing action fails the build' test $? -eq 1
expect 'and says why' grep -q '^the reason' "$out"
bazel2 first clean
bazel2 first test "--remote_cache=grpc://$service_address" //:all
expect 'with cleaved as a cache alone' test $? -eq 0
service_stop

PYTHONPATH=tests/e2e/reapi /usr/bin/python3 -m reapi.certificates "$dir/tls"
service_start "$dir/tls-service" --tls-cert "$dir/tls/server.pem" --tls-key "$dir/tls/server.key"
bazel2 first clean
bazel2 first test "--remote_executor=grpcs://localhost:${service_address##*:}" \
    "--tls_certificate=$dir/tls/ca.pem" //:all
expect 'over TLS' test $? -eq 0
service_stop
for base in first second; do
    bazel2 $base shutdown
done
finish
