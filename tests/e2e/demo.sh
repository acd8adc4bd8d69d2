#!/usr/bin/env bash
# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0
#
# `make demo`: ripgrep out of the Cargo registry, built by Cargo alone; then its program once more by
# cleave, compiled with no dependency's code in reach and linked without rustc; then all of it by
# `cleave cargo build`, alone and with cleaved. Each file is compared with Cargo's own.
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
cleave=${CLEAVE:-$top/build/cleave}
cleaved=${CLEAVED:-$top/build/cleaved}
work=$top/build/demo
source=$work/ripgrep
export CARGO_TARGET_DIR=$work/target CARGO_INCREMENTAL=0 CLEAVE_SERVICE=none
deps=$CARGO_TARGET_DIR/debug/deps

say() { printf '\n%s\n' "$*"; }
bytes() { cat "$@" | wc -c | sed ':a;s/\B[0-9]\{3\}\>/,&/;ta'; }

# Keeps the rustc line, and what Cargo put into its environment, of the crate rg.
recorder() {
    cat >"$work/recorder" <<'END'
#!/bin/sh
case " $* " in *" --crate-name rg "*)
    printf '%s\0' "$@" >"$RECORD/words"
    env -0 | grep -zv 'MAKEFLAGS=' >"$RECORD/environment" ;;
esac
exec "$@"
END
    chmod +x "$work/recorder"
}

rm -rf "$work"
mkdir -p "$work/hollow" "$work/real" "$work/cargo"
"$top/tests/e2e/cargo/ripgrep/unpack" "$source"
recorder

say "1. Cargo alone builds ripgrep $(<"$source/unpacked")"
(cd "$source" && RECORD=$work RUSTC_WRAPPER=$work/recorder cargo build --offline --quiet)
cp -a "$CARGO_TARGET_DIR" "$work/plain"

say "2. Each dependency gets its hollow rlib: metadata, no code. The real ones are moved away."
for rlib in "$deps"/*.rlib; do
    "$cleave" hollow "$rlib" -o "$work/hollow/${rlib##*/}"
done
mv "$deps"/*.rlib "$work/real"
rm -f "$deps"/*.rmeta
echo "   hollow: $(bytes "$work"/hollow/*.rlib) bytes, what codegen needs"
echo "   real:   $(bytes "$work"/real/*.rlib) bytes, what it would have needed"

say "3. cleave codegen, with $(find "$CARGO_TARGET_DIR" -name '*.rlib' | wc -l) rlibs left in Cargo's directory"
mapfile -d '' -t words <"$work/words"
mapfile -d '' -t environment <"$work/environment"
words=("${words[@]//$deps\/lib/$work/hollow/lib}")
words=("${words[@]//dependency=$deps/dependency=$work/hollow}")
words=("${words[@]/%.rmeta/.rlib}")
for i in "${!words[@]}"; do
    case ${words[i]} in --error-format=* | --json=*) unset "words[i]" ;; esac
done
(cd "$source" && env -i "${environment[@]}" "$cleave" codegen -o "$work/rg.unit" -- "${words[@]}")
objects=$("$cleave" inspect "$work/rg.unit" | grep -c '^  unit_file .*\.o$')
echo "   rg.unit: $objects objects, $(bytes "$work"/rg.unit/*.o) bytes"

say "4. cleave link, with no rustc in PATH and no source"
mv "$source" "$source.away"
mkdir "$work/bin"
for program in cc ld; do ln -s "$(command -v "$program")" "$work/bin/"; done
PATH=$work/bin "$cleave" link "$work/rg.unit" -o "$work/rg" --crate-dir "$work/real"
mv "$source.away" "$source"
cmp "$work/rg" "$work/plain/debug/rg"
echo "   $(bytes "$work/rg") bytes, identical to what rustc wrote: $("$work/rg" --version | head -n 1)"

# What Cargo alone made, by name.
artifacts() {
    (cd "$work/plain" && find . -type f \( -name '*.rlib' -o -name '*.rmeta' -o -name '*.so' -o -perm -100 \) | sort)
}

# Builds all of it from nothing, and compares.
build_all() {
    local file total=0
    rm -rf "$CARGO_TARGET_DIR"
    (cd "$source" && "$cleave" cargo build --offline --quiet)
    while read -r file; do
        cmp "$work/plain/$file" "$CARGO_TARGET_DIR/$file"
        total=$((total + 1))
    done < <(artifacts)
    echo "   $total artifacts, $total identical"
}

say "5. cleave cargo build: every crate of it"
build_all

say "6. The same with cleaved: codegen in its sandbox, and once more, when all of that is in its cache"
# A socket's path has to be short.
sockets=$(mktemp -d /tmp/cleaved-XXXXXX)
trap 'kill "$service" 2>/dev/null; rm -rf "$sockets"' EXIT
export CLEAVE_SERVICE=$sockets/local.sock
"$cleaved" serve --store "$work/store" --listen "unix:$sockets/reapi.sock" --local-socket "$CLEAVE_SERVICE" \
    >"$work/service" 2>&1 &
service=$!
until grep -q listening "$work/service"; do
    kill -0 "$service" || { cat "$work/service"; exit 1; }
    sleep 0.05
done
build_all
build_all
