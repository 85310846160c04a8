#!/usr/bin/env bash
# Converts about 8 GB of synthetic shards (DC-AE-V in F32) and copies the same files with cp, in turns, in one run.
#   measure-convert.sh DIRECTORY [ROUNDS]    needs 18 GB free there; what it makes is removed at the end
# Both times end when the data is on the disk (sync). Each round runs twice: with the shards in the page cache, and dropped from it.
set -euo pipefail

root=$(dirname "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")")
work=$(mktemp -d -p "$1" convert-XXXXXX)
rounds=${2:-2}
config=dc-ae-v-1.0-f32t4c32
trap 'rm -rf "$work"' EXIT
"$root/fsvideo" weights --help >/dev/null # builds what is not built
class_path=$(ls "$root"/{fsvideo-core,weights-tools}/target/*-[0-9]*T.jar | tr '\n' :)$(<"$root/weights-tools/target/classpath")

warm() { cat "$work"/shards/* >/dev/null; }
cold() { local file; for file in "$work"/shards/*; do dd if="$file" iflag=nocache count=0 status=none; done; }
now() { date +%s%N; }
copy() { cp -r "$work/shards" "$work/out"; }
convert() {
    /usr/bin/env time -f '%M' -o "$work/kilobytes" \
        "$root/fsvideo" weights convert "$work/shards" --config "$config" --out "$work/out" >"$work/log" 2>&1
}

# Rate in MB/s of $2 with the shards in state $1, and what it needs of memory.
measure() {
    local began ended
    rm -rf "$work/out"
    "$1"
    began=$(now)
    "$2"
    sync "$work"/out/*
    ended=$(now)
    rate=$((bytes * 1000 / (ended - began)))
    printf '%-4s %-8s %6d MB/s, %.1f s\n' "$1" "$2" "$rate" "$(((ended - began) / 100000000))e-1"
}

java -cp "$class_path" "$root/weights-tools/src/test/java/io/fsvideo/weightstools/SyntheticShards.java" "$config" "$work/shards"
bytes=$(du -sb "$work/shards" | cut -f1)
sync "$work"/shards/*
for ((round = 0; round < rounds; round++)); do
    for state in warm cold; do
        measure "$state" copy
        copied=$rate
        measure "$state" convert
        echo "$state: $((rate * 100 / copied)) % of cp, $(($(<"$work/kilobytes") / 1024)) MiB of memory"
    done
done
