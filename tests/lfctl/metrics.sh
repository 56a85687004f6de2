#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# What lfctl metrics writes of a reading (reading.json), and the files that use it: by the parsers
# of Prometheus's own client library, which must be there, and by promtool, where it is.
#
#	tests/lfctl/metrics.sh [FILE...]	those files of metrics, too (one.prom,
#						one.openmetrics)
set -u
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

# promtool_check WHAT COMMAND...
promtool_check() {
	if command -v promtool >/dev/null; then
		check "$@"
	else
		skip "$1: no promtool (Debian: prometheus)"
	fi
}

has_exactly() { grep -qxF -- "$2" "$1" || { cat "$1"; return 1; }; }
lint() { promtool check metrics <"$1"; }

python=
for p in python3 /usr/bin/python3; do
	$p -c 'import prometheus_client' 2>/dev/null && python=$p
done
build/tests/metrics_text <tests/lfctl/reading.json >"$tmp/one.prom" || failed=$((failed + 1))
build/tests/metrics_text --openmetrics 'a"b' <tests/lfctl/reading.json >"$tmp/one.openmetrics" ||
	failed=$((failed + 1))

# The library's parsers; then what they cannot know: conventions, one sample for each set of labels,
# and bounds.
cat >"$tmp/parse.py" <<'PYTHON'
import sys
from prometheus_client import parser
from prometheus_client.openmetrics import parser as strict

text = open(sys.argv[1]).read()
is_strict = sys.argv[1].endswith(".openmetrics")
families = list((strict if is_strict else parser).text_string_to_metric_families(text))
seen = set()
assert families
for f in families:
    assert f.name.startswith("liteflow_"), f.name
    assert f.documentation.endswith("."), f.name
    assert f.type in ("gauge", "counter", "info"), (f.name, f.type)
    if is_strict:
        for word in ("seconds", "bytes"):
            assert (f.unit == word) == f.name.endswith("_" + word), (f.name, f.unit)
    for s in f.samples:
        assert (f.type == "counter") == s.name.endswith("_total"), s.name
        key = (s.name, tuple(sorted(s.labels.items())))
        assert key not in seen, key
        seen.add(key)
        assert "hash" not in s.labels or s.name == "liteflow_slot_snapshot_info", key
        assert "generation" not in s.labels and "id" not in s.labels, key
PYTHON
for f in "$tmp"/one.* "$@"; do
	check "${f##*/}: parses, and keeps the conventions" "${python:-python3}" "$tmp/parse.py" \
		"$f"
	case $f in *.prom) promtool_check "${f##*/}: promtool finds nothing" lint "$f" ;; esac
done

while IFS= read -r line; do
	check "$line" has_exactly "$tmp/one.prom" "$line"
done <<'LINES'
liteflow_up 1
# TYPE liteflow_slot_swaps_total counter
liteflow_slot_swaps_total{slot="app"} 4
liteflow_slot_active{slot="empty"} 0
liteflow_slot_snapshot_info{slot="app",role="standby",snapshot="next",hash="aa"} 1
liteflow_slot_old_generations{slot="app"} 2
liteflow_slot_old_flows{slot="app"} 5
liteflow_slot_budget_seconds{slot="app"} 1e-05
liteflow_slot_inferences_total{slot="app"} 18446744073709551615
liteflow_slot_class_inferences_total{slot="app",class="a\"b\\c\nd"} 40
liteflow_attachment_flow_memory_bytes{kind="qdisc",device="ethä",label="1:",slot="app"} 65536
liteflow_attachment_packets_total{kind="hook",device="",label="way-in",slot="ghost",reason="no-slot"} 8
liteflow_attachment_class_bytes_total{kind="xt",device="",label="",slot="app",class="bulk",action="drop"} 200
liteflow_band_bytes_total{kind="qdisc",device="ethä",label="1:",slot="app",band="1"} 3000
liteflow_attachment_bound{kind="hook",device="",label="way-in",slot="ghost"} 0
liteflow_tcp_connections{state="fallback"} 2
LINES
check "no budget, no sample" sh -c "! grep -q 'budget_seconds{slot=\"empty\"' '$tmp/one.prom'"
check "OpenMetrics: the family has no _total" has_exactly "$tmp/one.openmetrics" \
	"# TYPE liteflow_slot_swaps counter"
check "its samples have" has_exactly "$tmp/one.openmetrics" \
	'liteflow_slot_swaps_total{netns="a\"b",slot="app"} 4'
check "and an end" test "$(tail -n 1 "$tmp/one.openmetrics")" = "# EOF"
printf '{"slots":[],"attachments":[{"kind":"qdisc","dev":"a\xff\xc3\xa4\xed\xa0\x80",%s}]}' \
	'"label":"1:","slot":"s","flows":1' |
	build/tests/metrics_text >"$tmp/bytes.prom"
check "bytes that are no UTF-8 are shown as hex" has_exactly "$tmp/bytes.prom" \
	'liteflow_attachment_flows{kind="qdisc",device="a\\xffä\\xed\\xa0\\x80",label="1:",'\
'slot="s"} 1'
check "which parses" "${python:-python3}" "$tmp/parse.py" "$tmp/bytes.prom"

# A file is whole or as it was.
lfctl=build/bin/lfctl
if [ ! -d /sys/module/liteflow ]; then
	mkdir "$tmp/place"
	echo before >"$tmp/place/lf.prom"
	"$lfctl" metrics -o "$tmp/place/lf.prom" 2>"$tmp/err"; rc=$?
	check "without the module the status says so" test $rc = 1
	check "and the file" has_exactly "$tmp/place/lf.prom" "liteflow_up 0"
	check "which everybody may read" test "$(stat -c %a "$tmp/place/lf.prom")" = 644
	check "nothing is left beside it" test "$(ls -A "$tmp/place")" = lf.prom
	"$lfctl" metrics -o "$tmp/none/lf.prom" 2>"$tmp/err"; rc=$?
	check "a directory that is not there" test $rc = 1
	check "is named" grep -qF "none/lf.prom: No such file" "$tmp/err"
	mkdir "$tmp/place/dir.prom"
	"$lfctl" metrics -o "$tmp/place/dir.prom" 2>"$tmp/err"; rc=$?
	check "a directory in its place" test $rc = 1
	check "leaves nothing beside it" test "$(ls -A "$tmp/place" | wc -l)" = 2
else
	skipped=$((skipped + 8))
fi

# Rules and dashboard: right, and about metrics that there are.
promtool_check "promtool takes the alerts" promtool check rules lfctl/metrics/liteflow.rules.yml
promtool_check "each alert fires where it should" promtool test rules tests/lfctl/rules_test.yml
check "the dashboard is JSON with panels" jq \
	-e '.title == "LiteFlow" and (.panels | length) >= 10 and (.uid | length) > 0' \
	lfctl/metrics/liteflow-dashboard.json
check "panels do not overlap" jq \
	-e '[.panels[] | select(.type != "row") | .gridPos |
		range(.y; .y + .h) as $y | range(.x; .x + .w) as $x | [$x, $y]] |
	length == (unique | length)' lfctl/metrics/liteflow-dashboard.json
check "each panel has an id of its own" jq -e '[.panels[].id] | length == (unique | length)' \
	lfctl/metrics/liteflow-dashboard.json
jq -r '.panels[].targets[]?.expr' lfctl/metrics/liteflow-dashboard.json >"$tmp/exprs"
{ cat "$tmp/exprs"; cat lfctl/metrics/liteflow.rules.yml; } | grep -oE '\bliteflow_[a-z_]+' |
	sort -u >"$tmp/used"
grep -oE '^liteflow_[a-z_]+' "$tmp/one.prom" | sort -u >"$tmp/known"
check "they use the names that there are" sh -c "! comm -23 '$tmp/used' '$tmp/known' | grep ."
# promtool parses PromQL as rules.
awk 'BEGIN { print "groups:\n- name: panels\n  rules:" } {
	gsub(/\$__rate_interval/, "5m"); gsub(/\$__range/, "1h"); gsub(/'\''/, "'\'\''")
	printf "  - record: panel:%d\n    expr: '\''%s'\''\n", NR, $0 }' "$tmp/exprs" \
	>"$tmp/panels.yml"
promtool_check "promtool parses the dashboard's expressions" \
	promtool check rules "$tmp/panels.yml"

finish
