#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# Part of swift-resource-list-server.
"""report.py FILE.jsonl                        Markdown tables of bench-peers' reports, each figure with its ratio.
report.py --scaling FILE.jsonl                 one row per label: all generators of a run together.
report.py --half-of-peak CONTESTANT FILE.jsonl the rate for the run at half load, updates per second."""
import json
import statistics
import sys

PAIRS = [("kamailio-memory", "rls-memory"), ("kamailio-postgres", "rls-postgres")]
NAMES = {
    "kamailio-memory": "Kamailio memory, MariaDB",
    "rls-memory": "RLSProxy memory",
    "kamailio-postgres": "Kamailio db_mode 2, PostgreSQL",
    "rls-postgres": "RLSProxy PostgreSQL",
}
# What rlsload finds wrong, beyond its own sum of protocol faults: answers that are errors, or none.
REFUSED = ["bnotify_error", "bnotify_timeout", "sub_error", "sub_timeout"]


def at(report, *path):
    for key in path:
        report = report.get(key, {}) if isinstance(report, dict) else {}
    return report if not isinstance(report, dict) else 0


def faults(report):
    phases = ("subscribe", "update", "refresh", "unsubscribe")
    refused = sum(at(report, phase, "count", name) for phase in phases for name in REFUSED)
    return report["protocol_faults"] + refused


def memory(report):
    grown = at(report, "subscribe", "mem_kb", "server_pss") - at(report, "subscribe", "mem_before_kb", "server")
    return grown * 1024 / max(1, at(report, "subscribe", "backend_dialogs"))


# name, how to read it, digits, whether "how many times less" makes sense
FIGURES = [
    ("CPU per update, database included, µs", lambda r: at(r, "update", "cpu_us_per_update", "sum"), 1, True),
    ("— of it the database, µs", lambda r: at(r, "update", "cpu_us_per_update", "db"), 1, False),
    (
        "CPU per back-end subscription, database included, µs",
        lambda r: at(r, "subscribe", "cpu_us_per_backend_sub", "sum"),
        1,
        True,
    ),
    ("— of it the database, µs", lambda r: at(r, "subscribe", "cpu_us_per_backend_sub", "db"), 1, False),
    ("memory per back-end subscription with its 400-byte body, bytes", memory, 0, True),
    ("updates answered per second", lambda r: at(r, "update", "acked_per_s"), 0, False),
    ("states per list NOTIFY", lambda r: at(r, "update", "states_per_notify"), 1, False),
    ("updates lost", lambda r: at(r, "update", "lost") + at(r, "update", "lost_refused"), 0, False),
    ("initial states missing", lambda r: at(r, "subscribe", "states_missing"), 0, False),
    ("protocol faults, refused and unanswered requests", faults, 0, False),
    ("latency beyond batching, p99, ms", lambda r: at(r, "update", "latency_ms", "p99_over_batch"), 0, True),
]


def number(value, digits):
    return f"{value:,.{digits}f}"


def row(name, read, digits, has_ratio, runs):
    """One figure over all pairs: the median of each contestant's runs, and how many times less ours is."""
    cells = [name]
    for theirs, ours in PAIRS:
        pair = [statistics.median(map(read, runs[c])) if runs.get(c) else None for c in (theirs, ours)]
        cells += ["" if value is None else number(value, digits) for value in pair]
        if has_ratio and None not in pair and pair[1] > 0:
            cells.append(f"{pair[0] / pair[1]:.1f}×")
        else:
            cells.append("")
    return "| " + " | ".join(cells) + " |"


def table(title, reports):
    runs = {}
    for report in reports:
        runs.setdefault(report["label"], []).append(report)
    count = max(len(found) for found in runs.values())
    print(f"\n### {title}{f', median of {count} runs' if count > 1 else ''}\n")
    head = ["figure"]
    for theirs, ours in PAIRS:
        head += [NAMES[theirs], NAMES[ours], "less"]
    print("| " + " | ".join(head) + " |")
    print("|---" + "|---:" * (len(head) - 1) + "|")
    for figure in FIGURES:
        print(row(*figure, runs))


def scaling(reports):
    """Generators that ran at once have one label, and each saw the CPU time of the whole server."""
    runs = {}
    for report in reports:
        runs.setdefault(report["label"], []).append(report)
    print("\n| run | updates answered per second | CPU per update, µs | lost, missing, faults |")
    print("|---|---:|---:|---:|")
    for label, found in runs.items():
        rate = sum(at(r, "update", "acked_per_s") for r in found)
        used = statistics.mean(at(r, "update", "cpu_us", "server") for r in found)
        answered = sum(at(r, "update", "acked") for r in found)
        wrong = sum(at(r, "update", "lost") + at(r, "subscribe", "states_missing") + faults(r) for r in found)
        print(f"| {label} | {number(rate, 0)} | {number(used / max(1, answered), 1)} | {number(wrong, 0)} |")


def main():
    reports = [json.loads(line) for line in open(sys.argv[-1]) if line.strip()]
    if sys.argv[1] == "--half-of-peak":
        mine = [r for r in reports if r["label"] == sys.argv[2] and not r["rate"]]
        print(max(1, int(at(mine[-1], "update", "acked_per_s") / 2)))
        return
    if sys.argv[1] == "--scaling":
        return scaling(reports)
    kinds = {}
    for report in reports:
        key = (report["watchers"], report["entries"], report["rate"] > 0)
        kinds.setdefault(key, []).append(report)
    for (lists, entries, is_paced), found in kinds.items():
        load = "half of each one's own peak rate" if is_paced else "as fast as it answers"
        table(f"{lists:,} lists of {entries}, {load}", found)


main()
