#!/bin/sh
# run.sh [--plant-only] [--verify] [kernel...]: plants each bug of mutants.txt in a copy of the sources and says which test
# caught it, under which schedule and delivery, or which checker. Two at a time. Fails if any is missed.
set -eu
cd "$(dirname "$0")/../../.."
work=target/mutants

# The test program of one planted bug; what the bug leaves unchanged is taken from the right build.
if [ "${1:-}" = --one ]; then
    folder=$work/$2 mode=$3 kernel=$4
    mkdir -p "$folder/$mode/test"
    cp -rl "target/native/$mode/emulator" "target/native/$mode/harness" "$folder/$mode/"
    cp -l "target/native/$mode/test/${kernel}_test.o" "target/native/$mode/test/${kernel}_test.d" "$folder/$mode/test/"
    if ! make -s "$folder/$mode/${kernel}_test" OUT="$folder" CUDA="$folder/cuda" > "$folder/log" 2>&1; then
        echo "does not compile: $(grep -m1 error "$folder/log")" > "$folder/fault"
        exit 0
    fi
    status=0
    timeout 600 "$folder/$mode/${kernel}_test" --mode "$mode" --failures 1 > "$folder/log" 2>&1 || status=$?
    case $status in
        0) echo MISSED > "$folder/fault" ;;
        124) echo 'out of time' > "$folder/fault" ;;
    esac
    sed -nE 's/^FAIL [0-9]+ //p' "$folder/log" > "$folder/caught"
    [ -s "$folder/caught" ] || echo "no test, status $status" > "$folder/caught"
    rm -rf "${folder:?}/$mode" "$folder/cuda" "$folder/generated"
    exit 0
fi

plant_only=
if [ "${1:-}" = --plant-only ]; then
    plant_only=1
    shift
fi
rm -rf "$work"
mkdir -p "$work"
perl src/test/mutants/plant.pl "$work" "$@"
[ -z "$plant_only" ] || exit 0
make -s -j2 $(awk -F '\t' '{ print "target/native/" $2 "/" $3 "_test" }' "$work/list.txt" | sort -u)
awk -F '\t' '{ print $1, $2, $3 }' "$work/list.txt" | xargs -P 2 -L 1 src/test/mutants/run.sh --one
printf '%-20s %-46s %-6s %s\n' kernel 'planted bug' mode 'caught by test | schedule/delivery: how'
while IFS="$(printf '\t')" read -r number mode kernel name; do
    if [ -e "$work/$number/fault" ]; then caught=$(cat "$work/$number/fault"); else caught=$(head -1 "$work/$number/caught" | cut -c 1-150); fi
    printf '%-20s %-46s %-6s %s\n' "$kernel" "$name" "$mode" "$caught"
done < "$work/list.txt"
missed=$(find "$work" -name fault | wc -l)
echo "$(wc -l < "$work/list.txt") planted bugs, $(cut -f 3 "$work/list.txt" | sort -u | wc -l) kernels, $missed missed"
[ "$missed" -eq 0 ]
