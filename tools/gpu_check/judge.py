"""What decides whether a step has passed: functions of what was observed, without processes or files."""
import re
import statistics

LOSS_LIMIT = 1e-3  # between a GPU and a CPU, in float32
LEAST_RATIO = 0.9  # of lockstep's images/s, `exact` and from memory, to those of PyTorch with deterministic algorithms


class Failed(Exception):
    """What was to be proved does not hold."""


class Skip(Exception):
    """The step cannot be done here; says why."""


def check(condition, message):
    if not condition:
        raise Failed(message)


class Findings:
    """Failures of parts that do not stop the next part, and at the end the step."""

    def __init__(self):
        self._failures = []

    def take(self, function, *arguments, **named):
        """What the function returns, or None where it has failed."""
        try:
            return function(*arguments, **named)
        except Failed as failure:
            self._failures.append(str(failure))

    def conclude(self):
        check(not self._failures, "; ".join(self._failures))


def state_digest(log):
    """The digest in the last line of a training's log that has one."""
    found = re.findall(r"state digest ([0-9a-f]{32})", log)
    check(found, "the log has no state digest")
    return found[-1]


def newest_digest(listing):
    """The digest of the newest checkpoint in what `lockstep checkpoints --json` prints."""
    check(listing["checkpoints"], "the run has no checkpoint")
    newest = max(listing["checkpoints"], key=lambda checkpoint: checkpoint["step"])
    check(newest["valid"], f"the checkpoint of step {newest['step']} does not verify")
    return newest["state_digest"]


def one_digest(digests):
    """The one digest that all of `digests`, name to digest, have; the error names those that differ from the first."""
    check(len(digests) > 1, "fewer than two digests cannot agree")
    (first, expected), *others = digests.items()
    differing = [name for name, digest in others if digest != expected]
    check(not differing, f"another digest than {first} ({expected[:8]}): "
          + ", ".join(f"{name} ({digests[name][:8]})" for name in differing))
    return expected


def device_tests(output, device):
    """How many tests of a GoogleTest program passed; on a GPU none may have missed one."""
    count = {kind: int(found[1]) if (found := re.search(rf"\[  {kind} +\] (\d+) tests?", output)) else 0
             for kind in ("PASSED", "FAILED", "SKIPPED")}
    check(count["FAILED"] == 0, f"{count['FAILED']} tests failed")
    check(count["PASSED"] > 0, "no test passed")
    check(device == "cpu" or "no GPU is visible" not in output, "a test saw no GPU")
    return count["PASSED"], count["SKIPPED"]


def plan_holds(log, ranks, nodes, device):
    """The plan in a training's log has these ranks, nodes and devices."""
    found = re.search(r"^ +ranks +(\d+) on (\d+) nodes?: (.*)$", log, re.MULTILINE)
    check(found, "the log has no line about ranks and nodes")
    check((int(found[1]), int(found[2])) == (ranks, nodes),
          f"the plan has {found[1]} ranks on {found[2]} nodes, not {ranks} on {nodes}")
    check((device == "cpu") == ("cpu" in found[3]), f"the plan has the devices '{found[3]}', not {device}")


def lost_rank(code, message, word, seconds, limit, survivors):
    """A job that lost a rank: the documented code, a message that has `word`, in time, and no process left."""
    check(code == 5, f"the job ended with {code}, not 5: {message}")
    check(word in message, f"the message does not say '{word}': {message}")
    check(seconds <= limit, f"the job ended after {seconds:.1f} s, not within {limit} s")
    check(not survivors, f"{len(survivors)} processes were left")


def memory_pressure(undisturbed, trials):
    """The numbers of trials, (code, digest or None, last line), with the digest of the undisturbed run, and of those that
    ended with a message about memory. No trial may do anything else, and the shortage must have been felt."""
    same = short = 0
    for code, digest, message in trials:
        if code == 0:
            check(digest == undisturbed, f"short of memory, another digest: {str(digest)[:8]}, not {undisturbed[:8]}")
            same += 1
        else:
            check(code == 1 and "memory" in message, f"short of memory, it ended with {code}: {message}")
            short += 1
    check(short, "no run was short of memory: the pressure was not felt")
    return same, short


def losses_agree(ours, reference, steps, limit=LOSS_LIMIT):
    """The largest difference between two lists of `steps` losses, none above the limit."""
    check(len(ours) == len(reference) == steps, f"{len(ours)} and {len(reference)} losses are not those of {steps} steps")
    differences = [abs(a - b) for a, b in zip(ours, reference)]
    for step, difference in enumerate(differences, 1):
        check(difference <= limit, f"losses differ by {difference:.2g} at step {step} (limit {limit:g})")
    return max(differences)


def same_evaluation(ours, theirs, images):
    """Loss and accuracy of one model by two programs: kernels of two programs may turn a tie, no more."""
    check(ours["evaluated"] == theirs["evaluated"] == images,
          f"{ours['evaluated']} and {theirs['evaluated']} of {images} images were evaluated")
    check(abs(ours["loss"] - theirs["loss"]) <= LOSS_LIMIT,
          f"loss {ours['loss']:.5f} by lockstep, {theirs['loss']:.5f} by PyTorch")
    turned = round(abs(ours["accuracy"] - theirs["accuracy"]) * images)
    check(turned <= max(1, images // 1000), f"{turned} of {images} images are classified otherwise by PyTorch")
    return turned


def images_per_second(lines, skipped):
    """The rate of the metrics' step lines after the first `skipped`."""
    lines = [line for line in lines if line["kind"] == "step"][skipped:]
    check(lines, "the run is too short to be timed")
    return sum(line["images_per_second"] * line["seconds"] for line in lines) / sum(line["seconds"] for line in lines)


def speed_ratio(rows, ours, theirs, device):
    """The ratio of two contenders' medians; on a GPU it has a lower limit."""
    medians = [statistics.median(row["images_per_second"] for row in rows[name]) for name in (ours, theirs)]
    check(min(medians) > 0, "a contender trained nothing")
    ratio = medians[0] / medians[1]
    check(device == "cpu" or ratio >= LEAST_RATIO, f"{ours} trains at {ratio:.2f} of {theirs} (limit {LEAST_RATIO})")
    return ratio
