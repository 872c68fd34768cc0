#include "launcher/pack.h"

#include <chrono>

#include "sharding/open_source.h"
#include "sharding/pack.h"
#include "sharding/pack_writer.h"

namespace lockstep {

ExitCode run_pack(const PackCommand& command, spdlog::logger& log, const SampleProgress& progress) {
  const auto start = std::chrono::steady_clock::now();
  const auto source =
      open_source(command.source, {.fraction = command.valid_fraction, .seed = command.seed});
  for (const std::string& note : source->notes()) log.warn("{}: {}", command.source.string(), note);

  const PackOutcome outcome =
      write_pack(*source, {.out = command.out,
                           .shard_bytes = command.shard_bytes,
                           .jobs = command.jobs,
                           .existing = command.force ? ExistingPack::replace : ExistingPack::refuse,
                           .progress = progress});
  const Pack pack(command.out);
  for (const SplitInfo& split : pack.manifest().splits) {
    log.info("{}: {} images, {} shard{}", split.name, split.samples, split.shards.size(),
             split.shards.size() == 1 ? "" : "s");
  }
  if (outcome == PackOutcome::unchanged) {
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
