#!/usr/bin/env python3
"""The checks of tools/gpu_check fail where they should, and none of them stops the next."""
import io
import pathlib
import sys
import tempfile
import time
import types
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tools/gpu_check"), str(ROOT / "tools/bench")]

import judge
import run
from judge import Failed, Skip
from processes import Job, Peer, TimedOut
from steps import STEPS, Step

A, B = "a" * 32, "b" * 32
PLAN = "  ranks       2 on 1 node: 2 x cpu\n"


def checkpoint(step, digest, valid=True):
    return {"step": step, "state_digest": digest, "valid": valid}


# (function, what it accepts, what it does not)
VERDICTS = [
    (judge.state_digest, [(f"x\ndone; state digest {A}\n",)], [("done\n",)]),
    (judge.newest_digest, [({"checkpoints": [checkpoint(1, A), checkpoint(2, B)]},)],
     [({"checkpoints": []},), ({"checkpoints": [checkpoint(1, A), checkpoint(2, B, valid=False)]},)]),
    (judge.one_digest, [({"1 rank": A, "2 ranks": A},)],
     [({"1 rank": A, "2 ranks": B},), ({"1 rank": A, "2 ranks": A, "3 ranks": B},), ({"1 rank": A},), ({},)]),
    (judge.device_tests,
     [("[  PASSED  ] 3 tests.", "cuda"), ("[  PASSED  ] 1 test.\n[  SKIPPED ] 2 tests\nno GPU is visible", "cpu")],
     [("[  PASSED  ] 3 tests.\n[  FAILED  ] 1 test", "cuda"), ("", "cuda"), ("[  PASSED  ] 0 tests.", "cpu"),
      ("[  PASSED  ] 1 test.\nno GPU is visible", "cuda")]),
    (judge.plan_holds, [(PLAN, 2, 1, "cpu"), (PLAN.replace("cpu", "GPU 0"), 2, 1, "cuda")],
     [(PLAN, 2, 2, "cpu"), (PLAN, 3, 1, "cpu"), (PLAN, 2, 1, "cuda"), ("", 2, 1, "cpu")]),
    (judge.lost_rank, [(5, "rank 1 was killed", "rank 1", 3.0, 10, [])],
     [(0, "rank 1 was killed", "rank 1", 3.0, 10, []), (1, "rank 1 was killed", "rank 1", 3.0, 10, []),
      (5, "rank 0 was killed", "rank 1", 3.0, 10, []), (5, "rank 1 was killed", "rank 1", 11.0, 10, []),
      (5, "rank 1 was killed", "rank 1", 3.0, 10, [4711])]),
    (judge.memory_pressure, [(A, [(0, A, ""), (1, None, "out of memory")])],
     [(A, [(0, B, ""), (1, None, "out of memory")]), (A, [(0, A, "")]), (A, [(1, None, "internal error")]),
      (A, [(-9, None, "out of memory")])]),
    (judge.losses_agree, [([1.0, 2.0], [1.0, 2.0005], 2)],
     [([1.0, 2.0], [1.0, 2.01], 2), ([1.0, float("nan")], [1.0, 2.0], 2), ([1.0], [1.0, 2.0], 2), ([], [], 2)]),
    (judge.images_per_second, [([{"kind": "step", "images_per_second": 8.0, "seconds": 2.0}], 0)], [([], 0)]),
]


def evaluation(loss=1.0, accuracy=0.5, evaluated=2000):
    return {"loss": loss, "accuracy": accuracy, "evaluated": evaluated}


def rates(*values):
    return [{"images_per_second": value} for value in values]


class Judge(unittest.TestCase):
    def test_each_verdict_fails_where_it_should(self):
        for function, accepted, refused in VERDICTS:
            for arguments in accepted:
                with self.subTest(function=function.__name__, arguments=arguments):
                    function(*arguments)
            for arguments in refused:
                with self.subTest(function=function.__name__, arguments=arguments), self.assertRaises(Failed):
                    function(*arguments)

    def test_a_failed_part_fails_the_step_after_the_other_parts(self):
        findings = judge.Findings()
        self.assertIsNone(findings.take(judge.state_digest, ""))
        self.assertEqual(findings.take(judge.state_digest, f"state digest {A}"), A)
        with self.assertRaises(Failed):
            findings.conclude()
        judge.Findings().conclude()

    def test_another_evaluation_of_the_same_weights(self):
        judge.same_evaluation(evaluation(), evaluation(loss=1.0005, accuracy=0.501), 2000)
        for other in (evaluation(loss=1.01), evaluation(accuracy=0.51), evaluation(evaluated=1999)):
            with self.assertRaises(Failed):
                judge.same_evaluation(evaluation(), other, 2000)

    def test_slower_than_the_peer_fails_on_a_gpu(self):
        slow = {"ours": rates(80, 70, 90), "peer": rates(100)}
        self.assertEqual(judge.speed_ratio(slow, "ours", "peer", "cpu"), 0.8)
        with self.assertRaises(Failed):
            judge.speed_ratio(slow, "ours", "peer", "cuda")
        judge.speed_ratio({"ours": rates(95), "peer": rates(100)}, "ours", "peer", "cuda")

    def test_the_rate_leaves_out_the_warm_up(self):
        lines = [{"kind": "step", "images_per_second": rate, "seconds": 1.0} for rate in (1.0, 10.0, 20.0)]
        self.assertEqual(judge.images_per_second(lines, 1), 15.0)


def raising(error):
    def step(_):
        raise error
    return step


def fake_rig():
    return types.SimpleNamespace(note=lambda _: None, deadline=None, device="cuda")


class Driver(unittest.TestCase):
    def setUp(self):
        self._stderr, sys.stderr = sys.stderr, io.StringIO()

    def tearDown(self):
        sys.stderr = self._stderr

    def perform(self, *steps, budget=60):
        outcomes = run.perform_all(steps, fake_rig(), budget, lambda _: None)
        return [outcome.result for outcome in outcomes], run.exit_code(outcomes)

    def test_no_step_stops_the_next_and_one_failure_fails_all(self):
        errors = [Failed("differs"), TimedOut("late"), EOFError("ended"), ZeroDivisionError("a bug"), Skip("no torch")]
        steps = [Step("step", raising(error), 1, 1) for error in errors] + [Step("step", lambda _: ("fact", {}), 1, 1)]
        self.assertEqual(self.perform(*steps), (["FAIL"] * 4 + ["SKIP", "PASS"], 1))
        self.assertEqual(self.perform(*steps[4:]), (["SKIP", "PASS"], 0))

    def test_what_does_not_fit_into_the_budget_is_skipped(self):
        step = Step("step", lambda _: ("fact", {}), 10, 20)
        self.assertEqual(self.perform(step, budget=9), (["SKIP"], 1))  # nothing is proved

    def test_what_would_hang_again_is_skipped(self):
        hung, failed = (Step("first", raising(error("first")), 1, 1) for error in (TimedOut, Failed))
        second = Step("second", lambda _: ("fact", {}), 1, 1, "first")
        self.assertEqual(self.perform(hung, second), (["FAIL", "SKIP"], 1))
        self.assertEqual(self.perform(failed, second), (["FAIL", "PASS"], 1))

    def test_a_step_has_no_more_than_is_left(self):
        rig = fake_rig()
        run.perform(Step("step", lambda _: ("fact", {}), 1, 100), rig, 5)
        self.assertLess(rig.deadline - time.monotonic(), 5)

    def test_the_page_describes_the_steps_in_their_order(self):
        page = (ROOT / "docs/gpu.md").read_text()
        described = [line.split("`")[1] for line in page.splitlines() if line.startswith("| `")]
        self.assertEqual(described, [step.name for step in STEPS])


class Processes(unittest.TestCase):
    def setUp(self):
        self._directory = tempfile.TemporaryDirectory()
        self.directory = self._directory.name

    def tearDown(self):
        self._directory.cleanup()

    def start(self, script):
        return Job(["bash", "-c", script], self.directory)

    def test_late_processes_are_ended_with_those_that_left_the_group(self):
        job = self.start("setsid sleep 1000 & sleep 1000")
        while len(job.members()) < 3:
            time.sleep(0.01)
        with self.assertRaises(TimedOut):
            job.wait(0.1)
        self.assertEqual(job.survivors(), [])

    def test_a_survivor_is_found_and_ended(self):
        job = self.start("setsid sleep 1000 & exit 3")
        self.assertEqual(job.wait(10).code, 3)
        self.assertEqual(len(job.survivors(0.2)), 1)
        self.assertEqual(job.survivors(), [])

    def test_a_rank_is_known_by_open_mpis_variable(self):
        job = self.start("OMPI_COMM_WORLD_RANK=1 sleep 1000 & wait")
        while not (rank := job.rank(1)):
            time.sleep(0.01)
        self.assertNotEqual(rank, job.pid)
        self.assertIsNone(job.rank(2))
        job.end()

    def test_a_peer_that_ends_or_is_silent_is_an_error(self):
        with Peer(["bash", "-c", "read line; echo '{\"x\": 1}'; read line"], self.directory) as peer:
            self.assertEqual(peer.ask({}, 10), {"x": 1})
            with self.assertRaises(EOFError):
                peer.ask({}, 10)
        with Peer(["sleep", "1000"], self.directory) as peer, self.assertRaises(TimedOut):
            peer.ask({}, 0.1)


if __name__ == "__main__":
    unittest.main()
