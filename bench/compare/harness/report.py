"""The result as Markdown."""

import os
import platform
import statistics
import subprocess

LESS_IS_BETTER = ("CPU ms per 1,000", "peak MB", "flushes per message", "p50 ms", "p99 ms")


def medians(runs):
    """The median of every number over some runs of one row."""
    return {name: statistics.median(run[name] for run in runs) for name in runs[0]}


def relay_table(results):
    """One line per row; `results` are (row, {server name: medians})."""
    lines = [
        "| row | Postfix msg/s | Ekiden msg/s | ratio | Postfix CPU ms per 1,000 | Ekiden | ratio | Postfix peak MB | Ekiden |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for row, numbers in results:
        postfix, ekiden = numbers.get("postfix"), numbers.get("ekiden")
        lines.append(
            f"| {row.title} | {_pair(postfix, ekiden, 'msg/s')} | {_pair(postfix, ekiden, 'CPU ms per 1,000')} | "
            f"{_number(postfix, 'peak MB')} | {_number(ekiden, 'peak MB')} |")
    return "\n".join(lines)


def other_table(results):
    """One line per number of each row."""
    lines = ["| row | what | Postfix | Ekiden | ratio |", "|---|---|--:|--:|--:|"]
    for row, numbers in results:
        for what in next(iter(numbers.values())):
            lines.append(f"| {row.title} | {what} | {_pair(numbers.get('postfix'), numbers.get('ekiden'), what)} |")
    return "\n".join(lines)


def machine():
    """The machine, in one paragraph."""
    with open("/proc/cpuinfo") as file:
        processor = next((line.split(":")[1].strip() for line in file if line.startswith("model name")), "unknown")
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    runtime = subprocess.run(["dotnet", "--list-runtimes"], capture_output=True, text=True).stdout
    version = next((line.split()[1] for line in reversed(runtime.splitlines()) if "NETCore.App" in line), "?")
    return f"{os.cpu_count()} cores ({processor}), {memory:.0f} GB, Linux {platform.release()}, .NET {version}"


def _pair(postfix, ekiden, what):
    ratio = "–"
    if postfix and ekiden and postfix[what] and ekiden[what]:
        times = postfix[what] / ekiden[what] if what in LESS_IS_BETTER else ekiden[what] / postfix[what]
        ratio = f"{times:.1f}×"
    return f"{_number(postfix, what)} | {_number(ekiden, what)} | {ratio}"


def _number(numbers, what):
    if not numbers:
        return "–"
    value = numbers[what]
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"
