#!/usr/bin/env bash
# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0
#
# Signals in each phase: to all processes at once, as Ctrl-C sends it, or to cleave alone. Nothing
# is left in the output or temporary directories, no process runs on, and the status tells.
source "$(dirname "$0")/lib.bash"

# start COMMAND…: runs it in a session of its own, and waits until something in it says `ready`.
start() {
    env --default-signal=INT,HUP,TERM setsid "$@" >"$out" 2>"$err" </dev/null &
    session=$!
    status=
    for ((tries = 0; tries < 1000; tries++)); do
        [[ ! -e $place/ready ]] || return 0
        sleep 0.01
    done
    fail "nothing was interrupted: $(cat "$err")"
}

# stopped STATUS: ended with it, and no process of its session is left.
stopped() {
    status=0
    wait "$session" || status=$?
    [[ $status -eq $1 ]] || fail "expected exit status $1"
    for ((tries = 0; tries < 300; tries++)); do
        [[ -n $(ps -o pid= -s "$session") ]] || return 0
        sleep 0.01
    done
    fail "still running: $(ps -o args= -s "$session")"
}

# The programs below say `ready` without another process: a shell that is interrupted while it waits
# for one goes on when that one ends well.

# A rustc that has written something everywhere it may, and then takes its time.
slow() {
    program slow/rustc <<END
while ((\$#)); do
    case \$1 in
        --out-dir) dir=\$2 ;;
        -o) dir=\$(dirname "\$2") ;;
    esac
    shift
done
dir=\${dir:-.}
touch "\$dir/main.d" "\$dir/main.main.0-cgu.0.rcgu.o"
mkdir "\$dir/rustcAbCdEf" "\$dir/rmetaAbCdEf"
touch "\$dir/rustcAbCdEf/symbols.o"
: >'$place/ready'
exec sleep 60
END
}

# A linker that has written half of its output.
halting() {
    mkdir -p bin
    program bin/cc <<END
while ((\$#)); do
    [[ \$1 != -o ]] || echo half >"\$2"
    shift
done
: >'$place/ready'
exec sleep 60
END
}

codegen_is_interrupted_by_ctrl_c() {
    echo 'fn main() {}' >main.rs
    slow
    remember
    start "$CLEAVE" codegen -o app.unit -- slow/rustc main.rs
    kill -INT -- "-$session"
    stopped 130
    untouched
}

codegen_passes_a_signal_on_to_rustc() {
    echo 'fn main() {}' >main.rs
    slow
    local signal
    for signal in TERM:143 HUP:129 INT:130; do
        rm -f "$place/ready"
        remember
        start "$CLEAVE" codegen -o app.unit -- slow/rustc main.rs
        kill "-${signal%:*}" "$session"
        stopped "${signal#*:}"
        untouched
    done
}

codegen_into_the_users_directory_is_cleaned_up_too() {
    echo 'fn main() {}' >main.rs
    slow
    echo mine >main.mine.txt
    remember
    start "$CLEAVE" codegen -o app.unit -- slow/rustc -C split-debuginfo=unpacked -g main.rs
    kill -INT -- "-$session"
    stopped 130
    rm -f main.d # rustc leaves it as well
    untouched
}

link_is_interrupted_by_ctrl_c() {
    crates
    halting
    echo older >app
    remember
    start "$CLEAVE" link app.unit -o app --crate-dir real --linker bin/cc
    kill -INT -- "-$session"
    stopped 130
    untouched
}

link_passes_a_signal_on_to_the_linker() {
    crates
    halting
    local signal
    for signal in TERM:143 HUP:129 INT:130; do
        rm -f "$place/ready"
        remember
        start "$CLEAVE" link app.unit -o app --crate-dir real --linker bin/cc
        kill "-${signal%:*}" "$session"
        stopped "${signal#*:}"
        untouched
    done
}

metadata_is_interrupted() {
    echo 'pub fn a() {}' >a.rs
    slow
    local signal
    for signal in TERM:143 INT:130; do
        rm -f "$place/ready"
        remember
        start "$CLEAVE" metadata -o liba.rlib -- slow/rustc --crate-type rlib \
            --emit=metadata,link a.rs
        kill "-${signal%:*}" "$session"
        stopped "${signal#*:}"
        untouched
    done
}

both_steps_of_cleave_rustc_are_interrupted() {
    echo 'fn main() {}' >main.rs
    slow
    halting
    remember
    RUSTC=slow/rustc start "$CLEAVE" rustc --do-not-link main.rs
    kill -INT -- "-$session"
    stopped 130
    untouched
    rm "$place/ready"
    cleave rustc --do-not-link -C linker=bin/cc main.rs
    remember
    start "$CLEAVE" rustc --only-link -C linker=bin/cc main.rs
    kill -INT -- "-$session"
    stopped 130
    untouched
}

a_second_signal_kills_a_child_that_ignores_the_first() {
    echo 'fn main() {}' >main.rs
    program rustc <<END
trap '' TERM
: >'$place/ready'
exec sleep 60
END
    remember
    start "$CLEAVE" codegen -o app.unit -- ./rustc main.rs
    kill "$session"
    kill "$session" # at once, it is the same signal
    sleep 0.2
    kill "$session" || fail "ended before its child did"
    stopped 143
    untouched
}

a_signal_that_cleave_was_started_to_ignore_is_ignored() {
    crates
    program bin/cc <<END
: >'$place/ready'
until [[ -e '$place/go' ]]; do sleep 0.01; done
exec cc "\$@"
END
    env --ignore-signal=HUP "$CLEAVE" link app.unit -o app --crate-dir real --linker bin/cc &
    session=$!
    until [[ -e $place/ready ]]; do sleep 0.01; done
    kill -HUP "$session"
    touch "$place/go"
    wait "$session" || fail "the link failed"
    same app plain
}

cleave_dies_of_the_signal_as_its_shell_must_see() {
    echo 'fn main() {}' >main.rs
    slow
    python3 - "$CLEAVE" "$place/ready" <<'END' || fail "not killed by the signal"
import os, signal, subprocess, sys, time
child = subprocess.Popen([sys.argv[1], "codegen", "-o", "app.unit", "--", "slow/rustc", "main.rs"])
while not os.path.exists(sys.argv[2]):
    time.sleep(0.01)
child.send_signal(signal.SIGTERM)
sys.exit(child.wait() != -signal.SIGTERM)
END
    is_absent app.unit
}

ctrl_c_on_a_terminal_reaches_cleave_and_rustc() {
    echo 'fn main() {}' >main.rs
    slow
    remember
    python3 - "$CLEAVE" "$place/ready" <<'END' || fail "not killed by the signal"
import os, pty, signal, sys, time
pid, terminal = pty.fork()
if pid == 0:
    # As by default: who runs this in the background has SIGINT ignored.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    os.execv(sys.argv[1], ["cleave", "codegen", "-o", "app.unit", "--", "slow/rustc", "main.rs"])
while not os.path.exists(sys.argv[2]):
    time.sleep(0.01)
os.write(terminal, b"\x03")
status = os.waitpid(pid, 0)[1]
sys.exit(not (os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGINT))
END
    untouched
}

# At any moment of a real run: what is there is whole, and there is nothing else.
real_runs_are_interrupted_anywhere() {
    crates
    local delay
    for delay in 0.00 0.01 0.03 0.06 0.10 0.15 0.20 0.30; do
        rm -rf new.unit
        remember
        run timeout --foreground --signal=INT "$delay" "$CLEAVE" codegen -o new.unit -- rustc \
            --crate-name app main.rs --extern dep=hollow/libdep.rlib -o plain
        if [[ -e new.unit ]]; then
            diff -r app.unit new.unit || fail "an incomplete unit"
        else
            untouched
        fi
    done
    for delay in 0.001 0.005 0.01 0.02 0.03 0.05; do
        rm -f app
        remember
        run timeout --foreground --signal=TERM "$delay" \
            "$CLEAVE" link app.unit -o app --crate-dir real
        if [[ -e app ]]; then
            same app plain
        else
            untouched
        fi
    done
}

# A Cargo package whose linker, or rustc, takes its time.
package() {
    mkdir -p src
    printf '[package]\nname = "main"\nversion = "0.1.0"\nedition = "2021"\n' >Cargo.toml
    echo 'fn main() {}' >src/main.rs
}

interrupted_cargo_builds_leave_no_half_written_files() {
    package
    halting
    local wrapped
    for wrapped in "$CLEAVE cargo" "env CARGO_INCREMENTAL=0 RUSTC_WRAPPER=$CLEAVE cargo"; do
        rm -rf target "$place/ready"
        # shellcheck disable=SC2086
        RUSTFLAGS="-C linker=$PWD/bin/cc" start $wrapped build --offline --quiet
        kill -INT -- "-$session"
        stopped 130
        [[ -z $(find target/debug/deps -type f ! -name '*.d') ]] || fail "something is left"
        is_absent target/debug/main
    done
}

run_tests "$@"
