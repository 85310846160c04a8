#!/bin/sh
# run.sh [kernel]: plants each bug of mutants.txt in a copy of the sources, and says which test caught it.
# '#' in the texts stands for a line break and the blanks behind it are compared exactly.
set -eu
cd "$(dirname "$0")/../../.."
work=target/mutants
table=src/test/mutants/mutants.txt
for variant in plain asan race; do # what a planted bug leaves unchanged need not be built again
    mkdir -p "$work/$variant"
    for part in emulator harness test; do
        [ ! -d "target/native/$variant/$part" ] || cp -rpu "target/native/$variant/$part" "$work/$variant/"
    done
done
missed=0
count=0
printf '%-14s %-46s %-6s %s\n' kernel 'planted bug' mode 'caught by'
while IFS='|' read -r kernel name file old new mode; do
    kernel=$(echo "$kernel" | tr -d ' ')
    mode=$(echo "$mode" | tr -d ' ')
    file=$(echo "$file" | tr -d ' ')
    name=$(echo "$name" | sed 's/^ *//; s/ *$//')
    case $kernel in '' | '#'*) continue ;; esac
    [ $# -eq 0 ] || [ "$1" = "$kernel" ] || continue
    rm -rf "$work/cuda"
    cp -r src/main/cuda "$work/cuda"
    OLD=$old NEW=$new perl -0pi -e '
        my ($old, $new) = @ENV{qw(OLD NEW)};
        for ($old, $new) { s/^ //; s/ $//; s/#/\n/g; }
        my $n = () = /\Q$old\E/g;
        die "text found $n times, must be once: $old\n" if $n != 1;
        s/\Q$old\E/$new/;' "$work/cuda/$file"
    make -s "$work/$mode/${kernel}_test" OUT="$work" CUDA="$work/cuda" > "$work/log" 2>&1 || { cat "$work/log"; exit 1; }
    status=0
    timeout 120 "$work/$mode/${kernel}_test" --mode "$mode" > "$work/log" 2>&1 || status=$?
    count=$((count + 1))
    if [ "$status" -eq 0 ]; then
        missed=$((missed + 1))
        caught=MISSED
    else
        caught=$(grep -m1 -E '^FAIL|ERROR: AddressSanitizer' "$work/log" | sed -E 's/^FAIL [0-9]+ //' | cut -c1-150 || true)
    fi
    printf '%-14s %-46s %-6s %s\n' "$kernel" "$name" "$mode" "${caught:-status $status}"
done < "$table"
echo "$count planted bugs, $missed missed"
[ "$missed" -eq 0 ]
