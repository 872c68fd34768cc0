#include "launcher/commands/pack_command.h"

#include <chrono>
#include <filesystem>

#include "core/error.h"
#include "sharding/listing/open_source.h"
#include "sharding/read/pack.h"
#include "sharding/write/pack_writer.h"

namespace lockstep {
namespace {

void log_pack(const Pack& pack, spdlog::logger& log) {
  for (const SplitInfo& split : pack.manifest().splits) {
    log.info("{}: {} image{}, {} shard{}", split.name, split.samples, split.samples == 1 ? "" : "s",
             split.shards.size(), split.shards.size() == 1 ? "" : "s");
  }
  const std::uint64_t rejected = pack.manifest().rejected;
  if (rejected == 0) return;
  log.warn("{} {} left out; '{}' says why", rejected, rejected == 1 ? "sample is" : "samples are",
           (pack.directory() / kRejectedFile).string());
}

/// A pack inside of the folder that it is made of would be a class of it the next time.
void check_places(const PackCommand& command) {
  if (!command.table.empty() || !std::filesystem::is_directory(command.source)) return;
  const std::filesystem::path below =
      std::filesystem::weakly_canonical(command.out)
          .lexically_relative(std::filesystem::weakly_canonical(command.source));
  check(below.empty() || *below.begin() == "..", ExitCode::usage,
        "--out '{}' lies in SOURCE, '{}', where the next `lockstep pack` would take it for images; "
        "give it a place outside",
        command.out.string(), command.source.string());
}

/// Why --strict made no pack, and where the faults are listed.
void log_refusal(const PackCommand& command, const PackResult& result, spdlog::logger& log) {
  const std::string list = (command.out / kRejectedFile).string();
  if (result.faults.empty()) {
    log.error("--strict: '{}' is a finished pack of this input, whose faults '{}' lists; it stays",
              command.out.string(), list);
  } else if (std::filesystem::exists(command.out / kPackManifest)) {
    log.error(
        "--strict: there are faults in '{}', so no pack was made; the older one in '{}' stays",
        command.source.string(), command.out.string());
  } else {
    log.error("--strict: there are faults in '{}', so no pack was made; '{}' lists them",
              command.source.string(), list);
  }
}

}  // namespace

ExitCode run_pack(const PackCommand& command, spdlog::logger& log, const Progress& progress) {
  const auto start = std::chrono::steady_clock::now();
  check_places(command);
  const auto source = open_source(command);
  for (const std::string& note : source->notes()) log.warn("{}: {}", command.source.string(), note);

  const PackResult result =
      write_pack(*source, {.out = command.out,
                           .shard_bytes = command.shard_bytes,
                           .image = command.image,
                           .jobs = command.jobs,
                           .faults = command.strict ? FaultPolicy::refuse : FaultPolicy::leave_out,
                           .existing = command.force ? ExistingPack::replace : ExistingPack::refuse,
                           .progress = progress});
  for (const std::string& line : summarize_faults(result.faults)) log.warn("{}", line);
  if (result.outcome == PackOutcome::refused) {
    log_refusal(command, result, log);
    return ExitCode::data;
  }
  const Pack pack(command.out);
  log_pack(pack, log);
  if (result.outcome == PackOutcome::unchanged) {
    log.info("'{}' is up to date: it was made of the same input (fingerprint {})",
             command.out.string(), pack.fingerprint());
  } else {
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    log.info("'{}' is ready: fingerprint {}, {:.1f} s", command.out.string(), pack.fingerprint(),
             seconds.count());
  }
  return ExitCode::ok;
}

}  // namespace lockstep
