#!/usr/bin/env bash
# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0
#
# moon, a Rust client of the cache (tonic; batches, zstd), with cleaved: a task is run once, and its
# outputs come from the cache after that; compressed or not, and over TLS with a client certificate.
set -u
cd "$(dirname "$0")/../../../.." || exit 1
# shellcheck source=tests/e2e/reapi/service.bash
source tests/e2e/reapi/service.bash
# shellcheck source=tests/e2e/reapi/expect.bash
source tests/e2e/reapi/expect.bash
# shellcheck source=tests/e2e/reapi/peers/npm.bash
source tests/e2e/reapi/peers/npm.bash

npm_client @moonrepo/core-linux-x64-gnu/moon || finish
dir=$(realpath -m "${BUILD:-build}/moon")
out=$dir/out.txt
rm -rf "$dir"
mkdir -p "$dir"

# make_workspace NAME SCHEME OPTIONS: OPTIONS are lines of `remote:`.
make_workspace() {
    local place=$dir/$1
    mkdir -p "$place"/{.moon,app}
    cat >"$place/.moon/workspace.yml" <<YML
projects: ['app']
telemetry: false
remote:
  host: '$2://$service_address'
$3
YML
    cat >"$place/app/moon.yml" <<'YML'
language: 'bash'
tasks:
  build:
    command: 'sh make.sh'
    inputs: ['in.txt', 'make.sh']
    outputs: ['out.txt', 'dir']
    toolchains: ['system']
YML
    cat >"$place/app/make.sh" <<'SH'
cat in.txt >out.txt
cat /proc/sys/kernel/random/uuid >>out.txt
mkdir -p dir/sub
echo deep >dir/sub/file
head -c 3000000 /dev/urandom >dir/big
echo built
SH
    echo "of $1" >"$place/app/in.txt"
    (cd "$place" && git init -q . && git add -A &&
        git -c user.name=x -c user.email=x@localhost commit -qm x)
}

# moon_in NAME ARGUMENT…: moon writes nothing outside of DIR. In CI it uses no cache on the machine.
moon_in() {
    local place=$dir/$1
    shift
    (cd "$place" && unset CI && HOME=$dir/home MOON_HOME=$dir/home PROTO_HOME=$dir/home NO_COLOR=1 \
        timeout 120 "$client" "$@") >"$out" 2>&1
}

# check NAME: runs the task, forgets everything, and has it back.
check() {
    local app=$dir/$1/app
    moon_in "$1" run app:build
    expect "$1: the task runs" test $? -eq 0
    rm -rf "$app.before"
    cp -R "$app" "$app.before"
    rm -rf "$app/out.txt" "$app/dir" "$dir/$1/.moon/cache"
    moon_in "$1" run app:build
    expect "$1: it comes from the cache" grep -q 'cached from remote' "$out"
    expect "$1: with the same outputs" diff -r "$app.before" "$app"
}

service_start "$dir/service" || finish
make_workspace plain grpc "  cache:
    compression: none
    instanceName: 'moon/x'"
make_workspace zstd grpc "  cache:
    compression: zstd"
check plain
check zstd
service_stop

PYTHONPATH=tests/e2e/reapi /usr/bin/python3 -m reapi.certificates "$dir/tls"
service_start "$dir/tls-service" --tls-cert "$dir/tls/server.pem" --tls-key "$dir/tls/server.key" \
    --tls-client-ca "$dir/tls/ca.pem" || finish
make_workspace mutual-tls grpcs "  mtls:
    caCert: 'tls/ca.pem'
    clientCert: 'tls/client.pem'
    clientKey: 'tls/client.key'
    domain: 'localhost'"
cp -R "$dir/tls" "$dir/mutual-tls/"
check mutual-tls
service_stop
finish
