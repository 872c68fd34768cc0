#include "trainer/pass/prediction.h"

namespace lockstep {

void collect_answers(ImageModel& model, const Answers& answers,
                     std::shared_ptr<const Dataset> dataset, const BatchPassOptions& options,
                     DamagedSamples damaged, Communicator& communicator, const Progress& progress,
                     const std::function<void(const Predictions&)>& take) {
  AnswerRounds rounds(options, dataset->size(), answers.width, communicator);
  BatchPassOptions pass = options;
  if (damaged == DamagedSamples::told) {
    pass.loader.on_damage = [&](std::uint64_t id, const std::string& reason) {
      rounds.add_damage(id, reason);
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
