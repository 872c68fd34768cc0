#include "trainer/pass/answer_rounds.h"

#include <algorithm>
#include <mutex>

#include <ATen/ops/from_blob.h>
#include <nlohmann/json.hpp>

#include "checkpoint/agreement.h"
#include "comm/communicator/gather_texts.h"
#include "core/error.h"
#include "core/json_parse.h"

namespace lockstep {
namespace {

using Damage = std::map<std::uint64_t, std::string>;

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

}  // namespace

/// What this rank's loader could not read, told by its threads ahead of the batches.
class AnswerRounds::DamageList {
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

AnswerRounds::AnswerRounds(const BatchPassOptions& options, std::uint64_t samples,
                           std::size_t outputs, Communicator& communicator)
    : samples_(samples),
      batch_(static_cast<std::uint64_t>(options.batch)),
      outputs_(outputs),
      communicator_(communicator),
      all_(ranks() * batch_ * outputs),
      damage_(std::make_unique<DamageList>()) {}

AnswerRounds::~AnswerRounds() = default;

void AnswerRounds::add_damage(std::uint64_t id, const std::string& reason) {
  damage_->add(id, reason);
}

std::span<float> AnswerRounds::mine() {
  return std::span(all_).subspan(static_cast<std::size_t>(communicator_.rank()) * batch_ * outputs_,
                                 batch_ * outputs_);
}

void AnswerRounds::add(const at::Tensor& answers) {
  const at::Tensor host = answers.to(at::kCPU, at::kFloat).contiguous();
  const float* values = host.const_data_ptr<float>();
  std::copy(values, values + host.numel(), mine().begin());
}

void AnswerRounds::gather(const std::function<void(const Predictions&)>& take) {
  const std::uint64_t first = round_ * ranks() * batch_;
  ++round_;
  communicator_.all_gather(std::as_bytes(mine()), std::as_writable_bytes(std::span(all_)));
  const std::uint64_t begin = first + static_cast<std::uint64_t>(communicator_.rank()) * batch_;
  const std::vector<std::string> damaged =
      gather_texts(communicator_, encode(damage_->take(begin, begin + batch_)));
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

}  // namespace lockstep
