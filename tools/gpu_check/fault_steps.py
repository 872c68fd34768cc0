"""Steps about what goes wrong: killed, dead and stopped ranks, and a GPU without free memory."""
import os
import signal
import time

import judge
from judge import Skip, check
from processes import GRACE_SECONDS

STALL_SECONDS = 5
PARTS_LEFT = (1.0, 0.95, 0.9, 0.8, 0.65, 0.5)  # of the memory that an undisturbed run takes


def long_run(rig, name, ranks, *overrides):
    return rig.start_training(name, f"train.max_steps={rig.sizes.long_steps}",
                              f"checkpoint.every_steps={rig.sizes.checkpoint_every}", "ema.decay=0.99", *overrides,
                              ranks=ranks)


def resume(rig):
    """kill -9 of a rank or of the command in mid-run, and the digest of an undisturbed run after the next start."""
    undisturbed = rig.trained("undisturbed", rig.finish(long_run(rig, "undisturbed", 2)))
    findings, digests = judge.Findings(), {"undisturbed": undisturbed.digest}

    def kill(name, ranks, victim, code):
        job = long_run(rig, name, ranks)
        rig.wait_for(job, "its first checkpoint", lambda: list((rig.scratch / name).glob("checkpoints/step_????????")))
        os.kill(victim(job), signal.SIGKILL)
        ended = rig.finish(job)
        check(ended.code == code, f"{name}: it ended with {ended.code}, not {code}: {ended.last_line()}")
        check(not job.survivors(), f"{name}: processes were left")
        resumed = rig.trained(name, rig.finish(long_run(rig, name, 5 - ranks)))
        check("continuing from" in resumed.log, f"{name}: the next start began anew")
        digests[name] = resumed.digest

    findings.take(kill, "killed-rank", 3, lambda job: job.rank(1), 5)
    findings.take(kill, "killed-command", 2, lambda job: job.pid, -signal.SIGKILL)
    findings.take(judge.one_digest, digests)
    findings.conclude()
    return f"digest {undisturbed.digest[:8]} after two kills", digests


def lose_rank(rig, name, with_signal, word, limit, *overrides):
    """Sends a signal to one of two training ranks, and judges how the job ends."""
    job = long_run(rig, name, 2, "train.max_steps=0", "log.every_steps=1", *overrides)
    metrics = rig.scratch / name / "metrics.jsonl"
    rig.wait_for(job, "its first step", lambda: metrics.is_file() and metrics.stat().st_size)
    start = time.monotonic()
    os.kill(job.rank(1), with_signal)
    ended = rig.finish(job)
    seconds = time.monotonic() - start
    judge.lost_rank(ended.code, ended.last_line(), word, seconds, limit, job.survivors())
    return f"code 5 after {seconds:.1f} s, no process left", {"seconds": seconds, "message": ended.last_line()}


def dead_rank(rig):
    """kill -9 of one of two ranks."""
    return lose_rank(rig, "dead-rank", signal.SIGKILL, "rank 1", GRACE_SECONDS)


def stalled_rank(rig):
    """SIGSTOP of one of two ranks."""
    if rig.device == "cpu":
        raise Skip("the limit of a stall covers steps on a GPU only")
    return lose_rank(rig, "stalled-rank", signal.SIGSTOP, "stall_timeout_s", 2 * STALL_SECONDS + 2,
                     f"train.stall_timeout_s={STALL_SECONDS}")


def memory(rig):
    """Runs beside a process that holds most of the memory: the same digest, or a message about memory."""
    if rig.device == "cpu":
        raise Skip("the memory in question is a GPU's")
    rig.installation.need_modules("torch")
    words = ["model.name=resnet18", "train.precision=fp32", "data.image_size=224", "train.lanes=1", "train.batch=64",
             "train.max_steps=3"]
    with rig.start_peer("peer_memory.py") as gpu:
        gpu.ask({"do": "watch"}, rig.left())
        undisturbed = rig.train("memory", *words).digest
        peak = gpu.ask({"do": "peak"}, rig.left())["bytes"]
        trials, figures = [], []
        for part in PARTS_LEFT:
            free = gpu.ask({"do": "leave", "bytes": int(peak * part)}, rig.left())["free"]
            name = f"memory-{part}"
            ended = rig.finish(rig.start_training(name, *words))
            digest = rig.trained(name, ended).digest if ended.code == 0 else None
            trials.append((ended.code, digest, ended.last_line()))
            figures.append({"free": free, "code": ended.code, "digest": digest, "message": ended.last_line()})
    same, short = judge.memory_pressure(undisturbed, trials)
    return (f"{same} runs with the same digest, {short} ended for want of memory",
            {"peak": peak, "undisturbed": undisturbed, "runs": figures})
