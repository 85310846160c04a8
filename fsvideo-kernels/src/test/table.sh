#!/bin/sh
# table.sh <native folder> <kernel>...: registers, spills and stack of each entry for sm_90a as ptxas reports them, its
# warnings about wgmma, and the emulator's factors in the bench's launches, each over the least possible: banks (shared-
# memory wavefronts), sectors (of each instruction by itself), block (sectors that a block touches); worst places.
set -eu
out=$1
shift
echo "Compiled and emulated, not measured: $(date +%F), $(${NVCC:-nvcc} --version | grep release)"
printf '%-28s %4s %6s %5s %6s %8s %6s %7s %6s %5s  %s\n' entry regs spills stack static warnings banks sectors block lines 'worst places'
for kernel; do
    lines=$(wc -l < "src/main/cuda/$kernel.cu")
    awk -v lines="$lines" -f src/test/table.awk "$out/gpu/profile.txt" "$out/ptxas/$kernel.txt"
done
