# shellcheck shell=bash
# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0
#
# What tests/readme defines before a page's blocks run: its own words, and stand-ins for commands
# that would change the machine, fetch this repository, or run the tests within the tests.

end_jobs() {
    local jobs
    jobs=$(jobs -p)
    # shellcheck disable=SC2086 # one word each
    [[ -z $jobs ]] || kill $jobs 2>/dev/null || true
    # Bazel leaves a server for each workspace, which writes until it is gone.
    for jobs in $(cat "$XDG_CACHE_HOME"/bazel/root/*/server/server.pid.txt 2>/dev/null); do
        kill "$jobs" 2>/dev/null && timeout 20 tail --pid="$jobs" -f /dev/null || true
    done
}
trap end_jobs EXIT

begin() {
    echo "--- $1"
}

through() {
    echo >>"$TALLY"
}

# shows COMMAND EXPECTED: runs it and compares what it prints; … stands for anything.
shows() {
    local output="$TALLY.output" status=0 pattern
    eval "$1" >"$output" 2>&1 || status=$?
    if [[ -z $2 && $status -eq 0 ]]; then
        return 0
    fi
    # All but the ellipsis is literal in the pattern.
    pattern=$(printf '%s' "${2%$'\n'}" | sed -e 's/[][\\*?]/\\&/g' -e 's/…/*/g')
    # shellcheck disable=SC2053 # a pattern it is
    if [[ -n $2 && $(<"$output") == $pattern ]]; then
        return 0
    fi
    printf '$ %s\nexit status %s, printed:\n' "$1" "$status"
    cat "$output"
    printf 'the page shows:\n%s' "$2"
    return 1
}

sudo() {
    "$@"
}

# The packages must be known to this machine's apt, and no more.
apt-get() {
    local word
    for word in "$@"; do
        case $word in
        update | install | -*) ;;
        *) apt-cache show "$word" >/dev/null || return 1 ;;
        esac
    done
}

# The copy of this tree stands for the repository.
git() {
    if [[ $1 != clone ]]; then
        command git "$@"
        return
    fi
    local folder=${3:-$(basename "$2" .git)}
    mkdir "$folder"
    (cd "$TOP" && tests/lint/files | tar -cf - --files-from=-) | tar -xf - -C "$folder"
}

# That the long ones exist is seen with -n; the rest run.
make() {
    case " $* " in
    *' test'* | *' bench '* | *' fuzz '* | *' check '*) command make -n "$@" >/dev/null ;;
    *) command make "$@" ;;
    esac
}

# Debian's Bazel, which can't fetch its own repositories: they are replaced, and its server and all
# that it builds stay with the page.
bazel() {
    if [[ -z ${bazel_dir:-} ]]; then
        source "$TOP/tests/e2e/bazel/debian.bash"
        bazel_setup "$XDG_CACHE_HOME/bazel"
    fi
    command bazel --bazelrc="$bazel_dir/bazelrc" "$@"
}
