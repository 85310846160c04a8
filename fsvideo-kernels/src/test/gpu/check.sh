#!/bin/sh
# check.sh <native folder> <kernel>...: every kernel's tests on the GPU, four programs at a time, and a table of them.
# Ends with 77 if there is no GPU, 1 if anything failed. GPU_OPTIONS go to every program;
# GPU_WRAPPER stands before it, as in GPU_WRAPPER="compute-sanitizer --tool racecheck".
set -u
out=$1
shift
mkdir -p "$out/gpu/check"
rm -f "$out"/gpu/check/*.txt
run() {
    timeout -k 5 240 ${GPU_WRAPPER:-} "$out/gpu/$1_test" --mode gpu --images "$out/gpu/images" ${GPU_OPTIONS:-} > "$out/gpu/check/$1.txt" 2>&1
    echo "status $?" >> "$out/gpu/check/$1.txt"
}
run "$1"
if grep -q '^status 77' "$out/gpu/check/$1.txt"; then
    head -1 "$out/gpu/check/$1.txt"
    exit 77
fi
shift
running=0
for kernel; do
    run "$kernel" &
    running=$((running + 1))
    [ $((running % 4)) -ne 0 ] || wait
done
wait
exec awk -f src/test/gpu/check.awk "$out"/gpu/check/*.txt
