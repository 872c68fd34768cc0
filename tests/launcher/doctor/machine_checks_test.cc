#include "launcher/doctor/machine_checks.h"

#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "launcher/doctor/findings_report.h"
#include "tests/launcher/doctor/finding_of.h"

namespace lockstep {
namespace {

using testing::Each;
using testing::Field;
using testing::HasSubstr;

constexpr std::uint64_t kMiB = 1 << 20;

/// A machine with nothing wrong.
MachineFacts healthy() {
  return {.gpu = {.has_driver = true,
                  .names = {"H200", "H200"},
                  .cuda = {{"cuda_driver", 13000}, {"cuda_runtime", 12080}, {"nccl", 22703}},
                  .problem = {}},
          .mpi = "Open MPI v4.1.4",
          .mpirun = "/usr/bin/mpirun",
          .mpirun_problem = {},
          .pmix = "OpenPMIx 4.2.2",
          .has_slurm = true,
          .has_infiniband = true,
          .cores = 8,
          .processors = 16,
          .memory = 64 * 1024 * kMiB,
          .shm = 1024 * kMiB,
          .nofile = 65536,
          .memlock = std::nullopt,
          .stack = 8 * kMiB,
          .clock = 1.8e9,
          .clock_speed = 1};
}

/// What the check `name` says of that machine after `change`.
Finding checked(const std::string& name, const std::function<void(MachineFacts&)>& change) {
  MachineFacts facts = healthy();
  change(facts);
  return finding_of(check_machine(facts), name);
}

TEST(MachineChecks, AHealthyMachinePasses) {
  EXPECT_THAT(check_machine(healthy()), Each(Field(&Finding::verdict, Verdict::pass)));
  EXPECT_THAT(checked("cuda", [](MachineFacts&) {}).why, HasSubstr("12.8, NCCL 2.27.3"));
}

struct Fault {
  const char* check;
  Verdict verdict;
  const char* words;  ///< of why, or of what to do
  void (*plant)(MachineFacts&);
};

class MachineFaults : public testing::TestWithParam<Fault> {};

TEST_P(MachineFaults, AreFoundByTheirCheckAlone) {
  const Fault& fault = GetParam();
  MachineFacts facts = healthy();
  fault.plant(facts);
  for (const Finding& finding : check_machine(facts)) {
    EXPECT_EQ(finding.verdict, finding.name == fault.check ? fault.verdict : Verdict::pass)
        << finding.name << ": " << finding.why;
    if (finding.name == fault.check) {
      EXPECT_THAT(finding.why + " -> " + finding.remedy, HasSubstr(fault.words));
      EXPECT_FALSE(finding.remedy.empty());
    }
  }
}

const Fault kFaults[] = {
    {"gpu", Verdict::fail, "too old", [](MachineFacts& m) { m.gpu.problem = "driver too old"; }},
    {"gpu", Verdict::warn, "CUDA_VISIBLE_DEVICES", [](MachineFacts& m) { m.gpu.names.clear(); }},
    {"gpu", Verdict::warn, "built without CUDA",
     [](MachineFacts& m) { m.gpu = {.has_driver = true, .names = {}, .cuda = {}, .problem = {}}; }},
    {"cuda", Verdict::fail, "up to 11.8",
     [](MachineFacts& m) { m.gpu.cuda["cuda_driver"] = 11080; }},
    {"cuda", Verdict::warn, "up to 12.4",
     [](MachineFacts& m) { m.gpu.cuda["cuda_driver"] = 12040; }},
    {"cuda", Verdict::fail, "install NCCL", [](MachineFacts& m) { m.gpu.cuda["nccl"] = 0; }},
    {"mpi", Verdict::fail, "no mpirun",
     [](MachineFacts& m) {
       m.mpirun.clear();
       m.mpirun_problem = "no mpirun";
     }},
    {"pmix", Verdict::warn, "install PMIx", [](MachineFacts& m) { m.pmix.clear(); }},
    {"cores", Verdict::warn, "1 for this process, of 16", [](MachineFacts& m) { m.cores = 1; }},
    {"memory", Verdict::warn, "1.0 GiB", [](MachineFacts& m) { m.memory = 1024 * kMiB; }},
    {"memory", Verdict::fail, "100", [](MachineFacts& m) { m.memory = 100 * kMiB; }},
    {"/dev/shm", Verdict::warn, "--shm-size", [](MachineFacts& m) { m.shm = 8 * kMiB; }},
    {"/dev/shm", Verdict::warn, "cannot be written", [](MachineFacts& m) { m.shm.reset(); }},
    {"open files", Verdict::warn, "1024", [](MachineFacts& m) { m.nofile = 1024; }},
    {"open files", Verdict::fail, "64", [](MachineFacts& m) { m.nofile = 64; }},
    {"locked memory", Verdict::warn, "ulimit -l", [](MachineFacts& m) { m.memlock = 65536; }},
    {"stack", Verdict::fail, "ulimit -s", [](MachineFacts& m) { m.stack = 65536; }},
    {"stack", Verdict::warn, "ulimit -s", [](MachineFacts& m) { m.stack = kMiB / 2; }},
    {"clock", Verdict::fail, "the year 1970", [](MachineFacts& m) { m.clock = 1000; }},
    {"clock", Verdict::warn, "1.50 s in a second", [](MachineFacts& m) { m.clock_speed = 1.5; }},
};
INSTANTIATE_TEST_SUITE_P(, MachineFaults, testing::ValuesIn(kFaults));

TEST(MachineChecks, LittleLockedMemoryMattersOnlyWithInfiniBandAndPmixOnlyWithSlurm) {
  const auto plant = [](MachineFacts& machine) {
    machine.has_infiniband = machine.has_slurm = false;
    machine.memlock = 65536;
    machine.pmix.clear();
  };
  EXPECT_EQ(checked("locked memory", plant).verdict, Verdict::pass);
  EXPECT_EQ(checked("pmix", plant).verdict, Verdict::pass);
}

TEST(MachineChecks, ThisMachineIsLookedAt) {
  const MachineFacts facts = look_at_machine({}, {}, "MPI");
  EXPECT_GE(facts.cores, 1);
  EXPECT_GE(facts.processors, 1);
  EXPECT_GT(facts.memory, 0u);
  EXPECT_GT(facts.clock, 1.7e9);
  EXPECT_NEAR(facts.clock_speed, 1, 0.5);
}

Finding found(CheckedPart part, Verdict verdict) { return {part, "x", verdict, "why", "do"}; }

TEST(Findings, TheFirstFailureDecidesTheExitCode) {
  const Finding warning = found(CheckedPart::data, Verdict::warn);
  EXPECT_EQ(exit_code_of({}), ExitCode::ok);
  EXPECT_EQ(exit_code_of({warning}), ExitCode::ok);
  EXPECT_EQ(exit_code_of({warning, found(CheckedPart::storage, Verdict::fail),
                          found(CheckedPart::data, Verdict::fail)}),
            ExitCode::storage);
  EXPECT_EQ(exit_code_of({found(CheckedPart::data, Verdict::fail)}), ExitCode::data);
  EXPECT_EQ(exit_code_of({found(CheckedPart::machine, Verdict::fail)}), ExitCode::usage);
  EXPECT_EQ(exit_code_of({found(CheckedPart::config, Verdict::fail)}), ExitCode::usage);
}

TEST(Findings, AreTextAndJson) {
  const Findings all = {{CheckedPart::machine, "gpu", Verdict::pass, "none", "unseen"},
                        {CheckedPart::data, "leaks", Verdict::fail, "a\nb", "remove them"}};
  EXPECT_EQ(findings_to_text(all),
            "machine\n"
            "PASS  gpu    none\n"
            "\n"
            "data\n"
            "FAIL  leaks  a\\nb\n"
            "      -> remove them\n"
            "\n"
            "2 checks: 1 passed, 0 to look at, 1 failed\n");
  const std::string json = findings_to_json(all);
  EXPECT_THAT(json, HasSubstr("\"verdict\": \"fail\""));
  EXPECT_THAT(json, HasSubstr("\"remedy\": \"remove them\""));
  EXPECT_THAT(json, testing::Not(HasSubstr("unseen")));
  EXPECT_THAT(json, HasSubstr("\"fail\": 1"));
}

}  // namespace
}  // namespace lockstep
