#!/bin/sh
# table.sh <native folder> <kernel>...: registers, spills and stack of each entry for sm_90a as ptxas reports them, its
# warnings about wgmma, and the emulator's factors: shared-memory wavefronts and memory sectors over the least possible.
set -eu
out=$1
shift
printf '%-26s %5s %6s %6s %7s %8s %7s %8s %6s\n' entry regs spills stack static warnings banks sectors lines
for kernel; do
    factors=$(awk '$2 == "shared" || $2 ~ /matrix/ { n = $2 == "shared" ? 5 : 4; sc += $n; si += $(n + 1) }
                   $2 == "global" { gc += $5; gi += $6 }
                   END { printf "%s %s", si ? sprintf("%.2f", sc / si) : "-", gi ? sprintf("%.2f", gc / gi) : "-" }' \
        "$out/profile/$kernel.txt")
    lines=$(wc -l < "src/main/cuda/$kernel.cu")
    awk -v factors="$factors" -v lines="$lines" '
        /C7508|C7510|C7519/ { warnings++ }
        /Compiling entry function/ { split($0, q, "\047"); entry = q[2]; arch = q[4] }
        /bytes stack frame/ { stack = $1; spills = $5 + $9 }
        /Used [0-9]+ registers/ && arch == "sm_90a" {
            match($0, /Used [0-9]+/); registers = substr($0, RSTART + 5, RLENGTH - 5)
            shared = match($0, /[0-9]+ bytes smem/) ? substr($0, RSTART, RLENGTH - 11) : 0
            split(factors, f, " ")
            printf "%-26s %5d %6d %6d %7d %8d %7s %8s %6d\n", entry, registers, spills, stack, shared, warnings, f[1], f[2], lines
        }' "$out/ptxas/$kernel.txt"
done
