#!/usr/bin/env bash
# Runs the command line as a user without a home, on a read-only root, with temporary folders that are unwritable or shared.
# Needs root for its mount namespaces, a build, and a model: without-a-home.sh PROJECT MODEL
# Prints one line per case: its name, exit code, and the last line of output; what is wrong is said, and counted by the exit code.
set -uo pipefail

if [[ ${INSIDE:-} != yes ]]; then
    INSIDE=yes exec unshare --mount --propagation private "$0" "$(readlink -f "$1")" "$(readlink -f "$2")"
fi
project=$1
model=$2
wrong=0

# A disk of its own for all that is written, so that the rest can be read-only.
disk=/mnt
mount -t tmpfs -o mode=755 tmpfs "$disk"
mkdir -m 1777 "$disk/sticky"
mkdir -m 0777 "$disk/open"
mkdir -m 0555 "$disk/unwritable"
install -d -o 12345 -g 12345 -m 700 "$disk/own" "$disk/out"

# What other users may have left in a shared temporary folder.
install -d -m 777 "$disk/sticky/fsvideo-natives-1" "$disk/sticky/javacpp-12345" "$disk/sticky/hsperfdata_12345"
touch -d '3 days ago' "$disk/sticky/.fsvideo-old.tmp" "$disk/sticky/fsvideo-natives-1"

# run NAME EXPECTED_CODE EXPECTED_TEXT TMPDIR OPTIONS COMMAND...
run() {
    local name=$1 code=$2 text=$3 temporary=$4 options=$5 out got
    shift 5
    out=$(cd / && env -i PATH="$PATH" HOME=/nonexistent FSVIDEO_JAVA_OPTS="-Djava.io.tmpdir=$temporary $options" \
        setpriv --reuid=12345 --regid=12345 --clear-groups "$project/fsvideo" "$@" 2>&1)
    got=$?
    printf '%s | %s | %s\n' "$name" "$got" "$(tail -n 1 <<<"$out")"
    if [[ $got != "$code" || $out != *"$text"* ]] || grep -q '^[[:space:]]at ' <<<"$out"; then
        printf 'WRONG: expected %s and "%s", got:\n%s\n' "$code" "$text" "$out"
        wrong=$((wrong + 1))
    fi
}

generate=(generate --model "$model" --prompt x --steps 1 --frames 5 --size 64x64 --out)
cache=-Dorg.bytedeco.javacpp.cachedir

cases() {
    local where=$1
    run "$where, own temporary folder" 0 "wrote $disk/out/a.mp4" "$disk/own" "" "${generate[@]}" "$disk/out/a.mp4"
    run "$where, shared temporary folder" 0 "wrote $disk/out/a.gif" "$disk/sticky" "" "${generate[@]}" "$disk/out/a.gif"
    run "$where, output in the shared folder" 0 "wrote $disk/sticky/a.mp4" "$disk/own" "" "${generate[@]}" "$disk/sticky/a.mp4"
    run "$where, temporary folder open to renaming" 1 "lets others rename" "$disk/open" "" "${generate[@]}" "$disk/out/b.mp4"
    run "$where, unwritable temporary folder" 1 "natives: a folder for native libraries must be made" "$disk/unwritable" "" \
        "${generate[@]}" "$disk/out/b.mp4"
    run "$where, unwritable, folder for libraries named" 1 "name another with -Djava.io.tmpdir=FOLDER" "$disk/unwritable" \
        "$cache=$disk/own/natives" "${generate[@]}" "$disk/out/b.mp4"
    run "$where, unwritable, folder for libraries named, frames" 0 "wrote $disk/out/c" "$disk/unwritable" \
        "$cache=$disk/own/natives" "${generate[@]}" "$disk/out/c"
    rm -rf "$disk/out/c"
    run "$where, temporary folder that is not there" 1 "natives: a folder for native libraries must be made" "$disk/none" "" \
        "${generate[@]}" "$disk/out/b.mp4"
    run "$where, output that may not be written" 1 "permission denied" "$disk/own" "" "${generate[@]}" "$disk/unwritable/b.mp4"
    run "$where, plan" 0 "fits" "$disk/own" "" plan --model "$model" --memory 1
    run "$where, inspect" 0 "every value is finite" "$disk/own" "" weights inspect "$model/transformer"
    run "$where, init" 0 "wrote $disk/out/m" "$disk/own" "" weights init --config tiny-wan-t2v --out "$disk/out/m"
    run "$where, init where it may not" 1 "must be writable" "$disk/own" "" weights init --config tiny-wan-t2v --out "$disk/unwritable/m"
    rm -rf "$disk/out/m"
}

cases "no home"
mount -o remount,bind,ro / || exit 2
cases "no home, read-only root"

# Only this user's leftovers may be removed, and nothing half written may remain.
if [[ ! -e $disk/sticky/.fsvideo-old.tmp || ! -e $disk/sticky/fsvideo-natives-1 ]]; then
    echo "WRONG: something of another user's was removed"
    wrong=$((wrong + 1))
fi
left=$(find "$disk/own" "$disk/out" "$disk/sticky" -newer "$disk/unwritable" -name '*fsvideo-*' -not -path "$disk/own/natives*" -not -user root)
if [[ -n $left || -e $disk/out/b.mp4 ]]; then
    echo "WRONG: left behind: $left"
    wrong=$((wrong + 1))
fi
echo "$wrong wrong"
exit "$wrong"
