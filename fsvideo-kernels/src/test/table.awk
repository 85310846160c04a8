# The profile of all launches, then ptxas's report of one kernel: a row for each of its entries.
function factor(cost, ideal) { return ideal ? sprintf("%.2f", cost / ideal) : "-" }
FNR == 1 { file++ }
file == 1 && $1 == "entry" { launched = $2; next }
file == 1 && $1 ~ /^device\.h|\.cpp:/ { next } # parameters
file == 1 && $2 == "block" { cost[launched, "block"] += $4; ideal[launched, "block"] += $5; next }
file == 1 {
    kind = $2 == "global" ? "global" : "shared"
    n = $2 ~ /matrix/ ? 4 : 5
    cost[launched, kind] += $n
    ideal[launched, kind] += $(n + 1)
    ratio = $n / ($(n + 1) ? $(n + 1) : 1)
    if ($n - $(n + 1) > excess[launched, kind]) {
        excess[launched, kind] = $n - $(n + 1)
        worst[launched, kind] = sprintf("%s %s %.2f", $1, $2 == "shared" || $2 == "global" ? $3 : $2, ratio)
    }
    next
}
/C7508|C7510|C7519/ { warnings++ }
/Compiling entry function/ { split($0, q, "\047"); entry = q[2]; arch = q[4] }
/bytes stack frame/ { stack = $1; spills = $5 + $9 }
/Used [0-9]+ registers/ && arch == "sm_90a" {
    match($0, /Used [0-9]+/)
    registers = substr($0, RSTART + 5, RLENGTH - 5)
    shared = match($0, /[0-9]+ bytes smem/) ? substr($0, RSTART, RLENGTH - 11) : 0
    banks = factor(cost[entry, "shared"], ideal[entry, "shared"])
    sectors = factor(cost[entry, "global"], ideal[entry, "global"])
    blocks = factor(cost[entry, "block"], ideal[entry, "block"])
    note = (banks > 1.1 ? worst[entry, "shared"] "  " : "") (sectors > 1.3 ? worst[entry, "global"] : "")
    sub(/ +$/, "", note)
    printf "%-28s %4d %6d %5d %6d %8d %6s %7s %6s %5d%s\n", entry, registers, spills, stack, shared, warnings, banks, sectors, blocks, lines, note ? "  " note : ""
}
