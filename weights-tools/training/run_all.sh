#!/usr/bin/env bash
# The whole recipe: trains every part, exports models/demo, draws the results. Run again after an interruption: it continues.
#   run_all.sh [RUNS]          folder of checkpoints and caches (default: runs)
#   PYTHON                     the interpreter (default: python3)
#   CPU_MINUTES                autoencoder minutes where there is no GPU (default: 120); the other parts take half as long together
set -euo pipefail

cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")"
runs=${1:-runs}
python=${PYTHON:-python3}
export OMP_WAIT_POLICY=PASSIVE GOMP_SPINCOUNT=0

if "$python" -c 'import sys, torch; sys.exit(not torch.cuda.is_available())'; then
    # Minutes per part on one H100-class GPU; 25 in all with caches and export.
    autoencoder=12 base=3 upsampler=1 refiner=2
else
    autoencoder=${CPU_MINUTES:-120}
    base=$((autoencoder / 6)) upsampler=$((autoencoder / 12)) refiner=$((autoencoder / 12))
fi

"$python" train_autoencoder.py --runs "$runs" --minutes "$autoencoder"
"$python" cache_latents.py --runs "$runs"
"$python" train_base.py --runs "$runs" --minutes "$base"
"$python" train_upsampler.py --runs "$runs" --minutes "$upsampler"
"$python" train_refiner.py --runs "$runs" --minutes "$refiner"
"$python" export.py --runs "$runs"
"$python" sample.py --runs "$runs" --out results/sheet.png
steps=$("$python" -c 'import sys, torch; print(torch.load(sys.argv[1], map_location="cpu")["step"])' "$runs/base.pt")
"$python" train_base.py --runs "$runs" --steps "$steps" --layer-memory none
"$python" plots.py --runs "$runs"
