#include "launcher/commands/predict_command.h"

#include <algorithm>
#include <cerrno>
#include <span>
#include <unistd.h>

#include "core/file.h"
#include "launcher/answers/provenance.h"
#include "launcher/cli/model_source_options.h"
#include "launcher/cli/option_types.h"
#include "launcher/cli/output_file.h"
#include "launcher/job/scratch_directory.h"
#include "sharding/source/image_name.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;

constexpr const char* kStandardInput = "--standard-input";

std::ptrdiff_t count_standard_input(const std::vector<fs::path>& inputs) {
  return std::ranges::count(inputs, fs::path("-"));
}

/// `paths` told apart.
PredictJob job_of(const PredictCommand& command) {
  PredictJob job = command.job;
  std::vector<fs::path>& inputs = job.inputs.paths;
  inputs = command.paths;
  if (job.asking.source.weights.empty()) {
    job.asking.source.target = inputs.front();
    inputs.erase(inputs.begin());
  }
  check(!inputs.empty(), ExitCode::usage,
        "predict needs a model and images (an option that takes several, such as --ensemble, comes "
        "after them): lockstep predict RUN IMAGES --out FILE.csv, or a file "
        "of --weights in the place of RUN");
  check(count_standard_input(inputs) <= 1, ExitCode::usage,
        "`-` is given twice, and standard input can be read once");
  return job;
}

void add_form(CLI::App& app, TableForm& form) {
  app.option_defaults()->group("The table");
  add_list(app, "--columns", form.columns,
           "id, label, probability, error and names of classes, labels or\n"
           "numbers; NAME=WHAT calls a column NAME")
      ->delimiter(',')
      ->type_name("A,B…");
  app.add_flag("--probabilities", form.probabilities, "A column for each class, last");
  add_number(app, "--top", form.top, 1, 1 << 20,
             "The N most likely labels of each image, not one, or not those that\n"
             "reach their threshold");
  app.add_option("--separator", form.separator, "Between several labels")
      ->capture_default_str()
      ->type_name("TEXT");
  add_optional_choice(app, "--id", form.id,
                      "What of an image's path is its id; default: path, or with --like\n"
                      "what the sample has");
  app.add_option("--like", form.like,
                 "A sample submission: the same header, rows and line ends. Its first\n"
                 "column has the ids")
      ->type_name("FILE");
  add_optional_choice(app, "--format", form.format,
                      "Default: jsonl for a name that ends in .jsonl, else csv");
  app.option_defaults()->group("Options");
}

void add_lists(CLI::App& app, PathListOptions& lists) {
  app.option_defaults()->group("Tables of paths");
  app.add_option("--path-column", lists.path_column,
                 "The column with file paths; default: path, file, filename … id")
      ->type_name("COLUMN");
  app.add_option("--path-prefix", lists.prefix, "Text before each path, such as images/")
      ->type_name("TEXT");
  app.add_option("--path-suffix", lists.suffix,
                 "Text after each path; default: a known ending, if that is a file")
      ->type_name("TEXT");
  app.add_option(kStandardInput, lists.standard_input)->group("");  // for the ranks of -n
  app.option_defaults()->group("Options");
}

/// What standard input gives, in a file: the ranks that this process starts have none of their own.
class StandardInput {
 public:
  StandardInput() : directory_(fs::temp_directory_path()), file_(directory_.path() / "input") {
    const UniqueFd copy = create_file(file_);
    std::vector<std::byte> piece(1 << 16);
    for (;;) {
      const ssize_t got = ::read(STDIN_FILENO, piece.data(), piece.size());
      if (got < 0 && errno == EINTR) continue;
      check(got >= 0, ExitCode::data, "standard input cannot be read");
      if (got == 0) return;
      write_all(copy.get(), std::span(piece).first(static_cast<std::size_t>(got)), file_);
    }
  }

  const fs::path& file() const { return file_; }

 private:
  ScratchDirectory directory_;
  fs::path file_;
};

}  // namespace

const char* const PredictCommand::kHelp =
    R"(INPUT is a folder of images (at any depth), files, a table with a column of paths, `-` for a path a
line on standard input, or a pack. Rows are in their order: id, label, probability (of a regression: the
numbers), and error, which says why an image could not be read.

Examples:
  lockstep predict runs/mine photos/ --out photos.csv
  lockstep predict runs/mine data/test --out - --probabilities
  lockstep predict runs/dogs test/ --like sample_submission.csv --out submission.csv
  lockstep predict runs/mine test/ --columns id,predicted=label --id stem --out submission.csv
  find photos -name '*.jpg' | lockstep predict runs/mine - --top 3 --out photos.jsonl
  lockstep predict --model resnet50 --weights resnet50.pth --classes names.txt photos/ --out p.csv)";

void PredictCommand::add_options(CLI::App& app) {
  app.add_option("RUN|CHECKPOINT INPUT", paths,
                 "The model (left out with --weights), then the images")
      ->required();
  app.add_option("--out", job.out, "The table to write; -: stdout")
      ->required()
      ->type_name("FILE.csv");
  add_ranks(app, ranks);
  app.add_option("--split", job.inputs.split, "Of a pack; default: test, or its only one");
  app.add_flag("--strict", job.strict, "Write no table if an image has no answer, and exit with 3");
  app.add_flag("--force", force, "Replace the table");
  add_form(app, job.form);
  add_lists(app, job.inputs.lists);
  add_asking(app, job.asking);
}

ExitCode PredictCommand::run(Process& process) const {
  PredictJob predict_job = job_of(*this);
  const std::vector<fs::path>& inputs = predict_job.inputs.paths;
  std::vector<fs::path> read = inputs;
  read.insert(read.end(), {job.asking.source.weights, job.asking.source.classes, job.form.like});
  if (job.out != "-") {
    check_output_file(job.out, force, read);
    check_output_file(provenance_file(job.out), force, read);
  }
  check(!format_by_name(job.out.filename().string()), ExitCode::usage,
        "--out '{}' has the name of an image, and a table is written", job.out);
  const std::string device = device_of(predict_job.asking.source);
  std::optional<StandardInput> input;
  Process with_input = process;
  if (count_standard_input(inputs) > 0 && ranks &&
      predict_job.inputs.lists.standard_input.empty()) {
    predict_job.inputs.lists.standard_input = input.emplace().file();
    with_input.words.insert(with_input.words.end(), {kStandardInput, input->file().string()});
  }
  const Launch launch(with_input, OnStop::ends);
  const int count =
      launch.count_ranks(ranks, [&] { return count_automatic_ranks(/*lanes=*/0, device); });
  if (count > 1) return launch.start_ranks(count, device, {});
  return run_predict_rank(predict_job, launch.start_rank());
}

}  // namespace lockstep
