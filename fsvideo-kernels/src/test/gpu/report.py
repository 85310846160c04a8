"""report.py <results> <check folder>: one line a kernel from the raw results, then every measured case."""
import json
import pathlib
import re
import sys

MATRIX = ("gemm", "gemm_fp8", "attention", "conv3d")
APART = 4e-3  # rounding to BF16 in one place and not in the other is at most half of 2^-7


def json_lines(path):
    lines = path.read_text().splitlines() if path.exists() else []
    return [json.loads(line) for line in lines if line.startswith("{")]


def tests_of(path):
    """Passed and all tests, equal and all launches, worst error over tolerance, reasons of failures."""
    text = path.read_text()
    passed, failed = len(re.findall(r"^ok ", text, re.M)), re.findall(r"^FAIL .*", text, re.M)
    launches = [(int(a), int(b)) for a, b in re.findall(r"launches=(\d+) equal=(\d+)", text)]
    worst = max([float(w) for w in re.findall(r"worst=([\d.]+)", text)], default=None)
    apart = [float(a) for a in re.findall(r"apart=(\S+)", text)]
    far = [a for a in apart if not a <= APART]
    if not failed and "status 0" not in text:
        failed = [f"FAIL {text[-200:]!r}"]
    return {
        "tests": f"{passed}/{passed + len(failed)}",
        "equal": f"{sum(e for _, e in launches)}/{sum(n for n, _ in launches)}",
        "worst": "-" if worst is None else f"{worst:.2f}",
        "apart": f"{max(far or apart, default=0):.0e}" + ("!" if far else ""),
        "failed": failed,
    }


def best_peer(case, peers):
    """The fastest peer at the case's shape, None if there is none."""
    same = [p for p in peers if p["kernel"] == case["kernel"] and p["shape"] == case["shape"] and "us" in p]
    same = [p for p in same if p.get("entry", case["entry"]) == case["entry"]]
    return min(same, key=lambda p: p["us"], default=None)


def speed(case, peers):
    rate = f"{case['tflops']:7.1f} TF/s" if case["bound"] != "memory" else f"{case['gbs']:7.0f} GB/s"
    line = f"{case['us']:10.1f} us {rate} {case['percent']:5.1f}%"
    peer = best_peer(case, peers)
    return line + (f"  {peer['peer']} {peer['us']:.1f} us, x{peer['us'] / case['us']:.2f}" if peer else "")


def main():
    results, checks = map(pathlib.Path, sys.argv[1:3])
    cases, peers = json_lines(results / "bench.jsonl"), json_lines(results / "peers.jsonl")
    reasons = [line for line in (results / "bench.jsonl").read_text().splitlines() if line.startswith("FAIL")]
    print(f"{'kernel':20} {'tests':>7} {'bits':>9} {'worst':>5} {'apart':>6}  largest case: time, rate, share of its limit; fastest peer")
    for path in sorted(checks.glob("*.txt")):
        kernel, facts = path.stem, tests_of(path)
        reasons += [f"{kernel}: {line}" for line in facts["failed"]]
        mine = [c for c in cases if c["kernel"] == kernel]
        largest = speed(max(mine, key=lambda c: (c["limit_us"], -c["us"])), peers) if mine else "not measured"
        print(f"{kernel:20} {facts['tests']:>7} {facts['equal']:>9} {facts['worst']:>5} {facts['apart']:>6} {largest}")
    for line in reasons[:12]:
        print(line[:220])
    print(f"bits: launches with the emulator's bits; worst: error over tolerance; apart: norm of the difference, ! above {APART};")
    print("x: the peer's time over ours; then the fastest entry at each shape of products, attention and convolutions, then the rest")
    fastest = {}
    for case in sorted(cases, key=lambda c: c["us"]):
        fastest.setdefault((case["kernel"], case["shape"]), case)
    first = [c for kernel in MATRIX for c in cases if c["kernel"] == kernel and c is fastest[kernel, c["shape"]]]
    for case in first + [c for c in cases if c not in first]:
        print(f"{case['entry']:22} {case['shape'][:50]:50} {speed(case, peers)}")
    return 1 if reasons else 0


if __name__ == "__main__":
    sys.exit(main())
