#include "trainer/pass/prediction.h"

#include <algorithm>
#include <mutex>
#include <vector>

#include <ATen/ops/from_blob.h>
#include <nlohmann/json.hpp>

#include "checkpoint/agreement.h"
#include "comm/communicator/gather_texts.h"
#include "core/error.h"
#include "core/json_parse.h"

namespace lockstep {
namespace {

using Damage = std::map<std::uint64_t, std::string>;

/// What this rank's loader could not read, told by its threads ahead of the batches.
class DamageList {
 public:
  void add(std::uint64_t id, const std::string& reason) {
    const std::lock_guard lock(mutex_);
    damage_.emplace(id, reason);
  }

  /// Those of [first, end), which are then no longer in the list.
  Damage take(std::uint64_t first, std::uint64_t end) {
    const std::lock_guard lock(mutex_);
    Damage taken;
    for (auto entry = damage_.lower_bound(first); entry != damage_.end() && entry->first < end;) {
      taken.insert(damage_.extract(entry++));
    }
    return taken;
  }

 private:
  std::mutex mutex_;
  Damage damage_;
};

std::string encode(const Damage& damage) {
  if (damage.empty()) return {};
  nlohmann::json json = nlohmann::json::array();
  for (const auto& [id, reason] : damage) json.push_back({id, reason});
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

Damage decode(const std::string& text) {
  Damage damage;
  if (text.empty()) return damage;
  const auto json = parse_json<nlohmann::json>(text, ExitCode::internal);
  for (const auto& entry : json) {
    damage.emplace(entry[0].get<std::uint64_t>(), entry[1].get<std::string>());
  }
  return damage;
}

/// The batches of one round, a rank's after the other's, as they come to rank 0.
class Rounds {
 public:
  Rounds(const BatchPassOptions& options, std::uint64_t samples, std::size_t outputs,
         Communicator& communicator)
      : samples_(samples),
        batch_(static_cast<std::uint64_t>(options.batch)),
        outputs_(outputs),
        communicator_(communicator),
        all_(ranks() * batch_ * outputs) {}

  DamageList& damage() { return damage_; }

  /// This rank's answers of the round, [n, K].
  void add(const at::Tensor& answers) {
    const at::Tensor host = answers.to(at::kCPU, at::kFloat).contiguous();
    const float* values = host.const_data_ptr<float>();
    std::copy(values, values + host.numel(), mine().begin());
  }

  /// Collective.
  void gather(const std::function<void(const Predictions&)>& take) {
    const std::uint64_t first = round_ * ranks() * batch_;
    ++round_;
    communicator_.all_gather(std::as_bytes(mine()), std::as_writable_bytes(std::span(all_)));
    const std::uint64_t begin = first + static_cast<std::uint64_t>(communicator_.rank()) * batch_;
    const std::vector<std::string> damaged =
        gather_texts(communicator_, encode(damage_.take(begin, begin + batch_)));
    do_together(communicator_, [&] {
      for (std::size_t rank = 0; communicator_.rank() == 0 && rank < ranks(); ++rank) {
        const std::uint64_t start = first + rank * batch_;
        if (start >= samples_) break;
        const auto count = static_cast<std::int64_t>(std::min(batch_, samples_ - start));
        float* const values = all_.data() + rank * batch_ * outputs_;
        take({.first = start,
              .answers =
                  at::from_blob(values, {count, static_cast<std::int64_t>(outputs_)}, at::kFloat),
              .damaged = decode(damaged[rank])});
      }
    });
  }

 private:
  std::size_t ranks() const { return static_cast<std::size_t>(communicator_.size()); }
  std::span<float> mine() {
    return std::span(all_).subspan(
        static_cast<std::size_t>(communicator_.rank()) * batch_ * outputs_, batch_ * outputs_);
  }

  std::uint64_t samples_;
  std::uint64_t batch_;
  std::size_t outputs_;
  Communicator& communicator_;
  std::vector<float> all_;  ///< [ranks, batch, K]
  DamageList damage_;
  std::uint64_t round_ = 0;
};

}  // namespace

void collect_answers(ImageModel& model, const Answers& answers,
                     std::shared_ptr<const Dataset> dataset, const BatchPassOptions& options,
                     DamagedSamples damaged, Communicator& communicator, const Progress& progress,
                     const std::function<void(const Predictions&)>& take) {
  Rounds rounds(options, dataset->size(), answers.width, communicator);
  BatchPassOptions pass = options;
  if (damaged == DamagedSamples::told) {
    pass.loader.on_damage = [&](std::uint64_t id, const std::string& reason) {
      rounds.damage().add(id, reason);
    };
  }
  for_each_batch(
      model, std::move(dataset), pass, communicator,
      {.progress = progress, .round_done = [&] { rounds.gather(take); }},
      [&](const DeviceBatch&, const at::Tensor& outputs) { rounds.add(answers.of(outputs)); });
}

void predict(ImageModel& model, const Task& task, std::shared_ptr<const Dataset> dataset,
             const BatchPassOptions& options, DamagedSamples damaged, Communicator& communicator,
             const Progress& progress, const std::function<void(const Predictions&)>& take) {
  const Answers answers{static_cast<std::size_t>(task.outputs()),
                        [&](const at::Tensor& outputs) { return task.predict(outputs); }};
  collect_answers(model, answers, std::move(dataset), options, damaged, communicator, progress,
                  take);
}

}  // namespace lockstep
