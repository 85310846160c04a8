#!/bin/sh
# register.sh <kernel.cu>: a translation unit that includes the kernel and registers its entries with the emulator.
set -eu
echo "#include \"$1\""
tr '\n' ' ' < "$1" |
    grep -oE 'extern "C" __global__ void( +__launch_bounds__\([^)]*\))? +[A-Za-z0-9_]+ *\(' |
    sed -E 's/ *\($//; s/.* //; s/(.*)/EMULATOR_REGISTER(\1)/'
