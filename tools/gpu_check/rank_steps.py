"""Steps about ranks: the tests of the device, NCCL, and one state digest on any number of ranks."""
import itertools
import json
from concurrent.futures import ThreadPoolExecutor

import judge
from judge import check
from rig import ONE_GPU


# What `lockstep -n` sets, too: this machine alone, which need have no ssh, and no plugins for networks.
MPIRUN_WORDS = ["--allow-run-as-root", "--oversubscribe", "--bind-to", "none", "--mca", "mpi_yield_when_idle", 1,
                "--mca", "plm", "isolated", "--mca", "pml", "ob1", "--mca", "btl", "self,vader,tcp",
                "--mca", "btl_vader_single_copy_mechanism", "none"]


def device_tests(rig):
    """The test programs that want a GPU, as CTest starts them, and on several ranks once more with one GPU for all."""
    programs = rig.installation.device_tests()
    check(programs, "there is no test program with the label gpu")
    findings, figures = judge.Findings(), {}

    def test(program, ranks, environment):
        under = [rig.installation.mpirun(), *MPIRUN_WORDS, "-n", ranks] if ranks else []
        figures[f"{program.name} on {ranks} ranks" + (", sharing" if environment else "")] = judge.device_tests(
            rig.run(*under, program, "--gtest_color=no", environment=environment), rig.device)

    for program, numbers in programs.items():
        for ranks in numbers:
            findings.take(test, program, ranks, {})
            if ranks > 1:
                findings.take(test, program, ranks, ONE_GPU)
    findings.conclude()
    passed, skipped = map(sum, zip(*figures.values()))
    return f"{passed} tests passed, {skipped} skipped", figures


def one_rank(rig):
    """Trains on one rank, without MPI, and evaluates."""
    training = rig.train("one-rank")
    judge.plan_holds(training.log, 1, 1, rig.device)
    evaluation = json.loads(rig.lockstep("eval", training.directory, "--split", "valid", "--batch", 250, "--json"))
    check(evaluation["state_digest"] == training.digest, "the evaluation has another digest than the training")
    return f"digest {training.digest[:8]}, loss {evaluation['loss']:.4f}", {**evaluation, "seconds": training.seconds}


def shared_gpu(rig):
    """Several ranks, also on two declared nodes, give the digest of one rank; `fast` runs too."""
    findings, digests = judge.Findings(), {}

    def train(ranks, nodes):
        training = rig.train(f"shared-{ranks}-{nodes}", ranks=ranks, nodes=nodes)
        digests[f"{ranks} ranks on {nodes} nodes"] = training.digest
        judge.plan_holds(training.log, ranks, nodes, rig.device)

    for ranks, nodes in [*((ranks, 1) for ranks in rig.sizes.ranks), (2, 2), (max(rig.sizes.ranks), 2)]:
        findings.take(train, ranks, nodes)
    findings.take(rig.train, "shared-fast", "train.reduction=fast", ranks=2)
    digest = findings.take(judge.one_digest, digests)
    findings.conclude()
    return f"{', '.join(map(str, rig.sizes.ranks))} ranks and two nodes: {digest[:8]}", digests


def digests(rig):
    """One digest for any number of ranks, for each network and precision, with dropout and augmentation."""
    kinds = [f"{model} {precision}" for model, precision in
             itertools.product(("simple_cnn", "resnet18"), ("fp32", "bf16"))]

    def train(kind, ranks):
        model, precision = kind.split()
        words = ["model.dropout=0.1", f"model.name={model}", f"train.precision={precision}"]
        return rig.train(f"digest-{model}-{precision}-{ranks}", *words, ranks=ranks).digest

    with ThreadPoolExecutor(rig.sizes.parallel) as pool:
        runs = {(kind, ranks): pool.submit(train, kind, ranks) for kind in kinds for ranks in rig.sizes.ranks}
    findings, figures = judge.Findings(), {}
    for kind in kinds:
        found = {f"{kind} on {ranks} ranks": findings.take(runs[kind, ranks].result) for ranks in rig.sizes.ranks}
        figures[kind] = findings.take(judge.one_digest, {name: digest for name, digest in found.items() if digest})
    findings.conclude()
    check(len(set(figures.values())) == len(kinds), f"different networks or precisions have one digest: {figures}")
    return f"{len(kinds)} digests, each on {len(rig.sizes.ranks)} numbers of ranks", figures
