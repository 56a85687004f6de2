# SPDX-License-Identifier: GPL-2.0
# Sums up what updates.sh found: NAME,KIND,DECISION,FLOWS,SERVED,SECONDS for each of `updates`
# updates. A figure that is missing is an error that names it.

function bad(what) { print "updates: not measured: " what >"/dev/stderr"; failed = 1; exit 1 }
function number(what, value, least) {
	if (value !~ /^[0-9]+(\.[0-9]+)?$/ || value < least) bad(what " of " $1)
	return value
}
function max(a, b) { return a > b ? a : b }

BEGIN { FS = "," }

{
	if ($2 != "harmful" && $2 != "harmless") bad("kind of " $1)
	if ($3 != "kept" && $3 != "rolled-back") bad("decision on " $1)
	number("flows", $4, 1); number("flows served", $5, 0); number("seconds", $6, 0.001)
	n[$2]++
	if ($3 == "rolled-back") back[$2]++
	if ($2 == "harmful") {
		flows = max(flows, $4); served = max(served, $5); seconds = max(seconds, $6)
	} else {
		kept = max(kept, $6)
	}
}

END {
	if (failed) exit 1
	if (NR != updates) bad((updates - NR) " of " updates " updates")
	if (!n["harmful"] || !n["harmless"]) bad("updates of both kinds")
	printf "harmful: %d of %d rolled back, after at most %d flows, %d served by it, %.1f s\n",
		back["harmful"], n["harmful"], flows, served, seconds
	printf "harmless: %d of %d kept, after at most %.1f s\n",
		n["harmless"] - back["harmless"], n["harmless"], kept
	printf "recall %.1f %%, precision %.1f %%\n", 100 * back["harmful"] / n["harmful"],
		100 * back["harmful"] / max(1, back["harmful"] + back["harmless"])
}
