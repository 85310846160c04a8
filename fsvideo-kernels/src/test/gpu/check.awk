# Lines of test programs to one row per kernel; the reasons of failures follow.
function row() {
    if (kernel == "") return
    if (!(status == 0 || failed > 0)) reasons = reasons kernel ": status " status "\n"
    bad += failed > 0 || status != 0
    printf "%-22s %3d of %-3d %8s %5d of %-5d %9.2g%% %9.1e\n", kernel, passed, passed + failed, worst < 0 ? "-" : sprintf("%.2f", worst), equal, launches, differ, apart
}
FNR == 1 {
    row()
    kernel = FILENAME
    sub(/.*\//, "", kernel)
    sub(/\.txt$/, "", kernel)
    passed = failed = launches = equal = differ = apart = status = 0
    worst = -1
}
NR == 1 { printf "%-22s %10s %8s %14s %10s %9s\n", "kernel", "passed", "worst", "bits equal", "differ", "apart" }
$1 == "ok" { passed++ }
$1 == "FAIL" { failed++; reasons = reasons kernel ": " substr($0, 1, 300) "\n" }
$1 == "status" { status = $2 }
$1 == "ok" {
    for (i = 4; i <= NF; i++) {
        split($i, fact, "=")
        v = fact[2] + 0
        if (fact[1] == "worst" && v > worst) worst = v
        if (fact[1] == "launches") launches += v
        if (fact[1] == "equal") equal += v
        if (fact[1] == "differ" && v > differ) differ = v
        if (fact[1] == "apart" && v > apart) apart = v
    }
}
END {
    row()
    print "worst: largest error over its tolerance; bits equal: launches with the emulator's bits;"
    print "differ: largest share of other values in a test; apart: largest norm of the difference, relative"
    printf "%s", reasons
    exit bad > 0
}
