#!/usr/bin/env bash
# The whole recipe: trains every part and exports models/demo. Run again after an interruption: it continues.
#   run_all.sh PHOTOGRAPHS [RUNS]   folder of pictures to learn from, and of checkpoints and caches (default: runs)
#   PYTHON                     the interpreter (default: python3)
#   CPU_MINUTES                minutes of the base model where there is no GPU (default: 60); the whole takes about four times as long
#   RECIPE=smoke               a few steps of everything, to see that it runs: with MODEL and GOLDEN=somewhere else
#   LAYER_MEMORY=1             trains the base again without layer memory and draws both losses, to RESULTS (default: results/layer-memory)
set -euo pipefail

cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")"
photographs=${1:?run_all.sh: the first argument must be a folder of photographs to learn from, none of them held out}
runs=${2:-runs}
python=${PYTHON:-python3}
minutes=${CPU_MINUTES:-60}
model=${MODEL:-../../models/demo}
export OMP_WAIT_POLICY=PASSIVE GOMP_SPINCOUNT=0
common=(--runs "$runs" ${RECIPE:+--recipe "$RECIPE"})

[ -e "$runs/pool.npy" ] || "$python" pictures.py --runs "$runs" --photographs "$photographs"
if [ ! -e "$runs/closed-form.pt" ]; then
    "$python" closed_form.py "${common[@]}"
    "$python" outer_stages.py "${common[@]}"
fi
if "$python" -c 'import sys, torch; sys.exit(not torch.cuda.is_available())'; then
    # Minutes on one data-centre GPU; under 25 with start-up, export and evaluation.
    joint=8 decoder=5 base=6 refiner=3
else
    joint=$minutes decoder=$minutes base=$minutes refiner=$((minutes * 2 / 3))
fi

"$python" train_autoencoder.py "${common[@]}" --minutes "$joint"
[ -e "$runs/encoded.pt" ] || "$python" encode_clips.py "${common[@]}"
# From here on the encoder stays as it is, and the parts could train in any order.
"$python" train_autoencoder.py "${common[@]}" --minutes "$decoder" --decoder-only
[ -e "$runs/preview.pt" ] || "$python" fit_preview.py "${common[@]}"
"$python" train_base.py "${common[@]}" --minutes "$base"
"$python" closed_upsampler.py "${common[@]}"
"$python" train_refiner.py "${common[@]}" --minutes "$refiner"
"$python" export.py --runs "$runs" --out "$model"
"$python" make_golden.py --runs "$runs" --model "$model" --out "${GOLDEN:-../../fsvideo-core/src/test/resources/golden}"
if [ "${LAYER_MEMORY:-0}" = 1 ]; then
    "$python" train_base.py "${common[@]}" --minutes "$base" --layer-memory none
    "$python" plots.py --runs "$runs" --out "${RESULTS:-results/layer-memory}"
fi
