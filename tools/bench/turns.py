"""What the benchmarks share: contenders that take turns, and their medians."""
import json
import pathlib
import statistics
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]


def run(command, **options):
    """The command's standard output; the script ends with its message where it fails."""
    result = subprocess.run([str(part) for part in command], capture_output=True, text=True, **options)
    if result.returncode:
        sys.exit(f"{' '.join(map(str, command))} ended with {result.returncode}:\n{result.stdout}{result.stderr}")
    return result.stdout


def run_json(command, cores=None, **options):
    """The JSON object on the last line of the command's output; `cores` ("0", "0,1") pins it."""
    pinned = ["taskset", "-c", cores, *command] if cores else command
    return json.loads(run(pinned, **options).splitlines()[-1])


def take_turns(contenders, rounds, go_on=lambda: True):
    """Calls each contender once a round, every other round in reverse, so that a machine that warms up or gets a
    neighbour favours none. `contenders` is name to a function that returns a dict of numbers; returns name to the list
    of these dicts. After the first round, another one starts only if `go_on()`."""
    results = {name: [] for name in contenders}
    for number in range(rounds):
        if number > 0 and not go_on():
            break
        for name in list(contenders) if number % 2 == 0 else reversed(contenders):
            results[name].append(contenders[name]())
            values = "  ".join(f"{key} {value:.4g}" for key, value in results[name][-1].items())
            print(f"round {number + 1}  {name:28}  {values}", file=sys.stderr, flush=True)
    return results


def medians(results, key):
    """Name to the median over the rounds of one number."""
    return {name: statistics.median(row[key] for row in rows) for name, rows in results.items()}


def print_table(header, rows):
    """A table in Markdown, as docs/performance.md has them."""
    for cells in [header, ["---"] * len(header), *rows]:
        print("| " + " | ".join(map(str, cells)) + " |")


def spread(results, name, key, form="{:,.0f}"):
    """"median (smallest to largest)" of one contender."""
    values = [row[key] for row in results[name]]
    return f"{form.format(statistics.median(values))} ({form.format(min(values))} to {form.format(max(values))})"
