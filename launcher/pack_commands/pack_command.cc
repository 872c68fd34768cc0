#include "launcher/pack_commands/pack_command.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <limits>
#include <span>

#include <fmt/ranges.h>

#include "core/error.h"
#include "core/log.h"
#include "launcher/cli/option_types.h"
#include "sharding/format/pack_manifest.h"
#include "sharding/listing/open_source.h"
#include "sharding/read/pack.h"
#include "sharding/synthetic/synthetic_options.h"
#include "sharding/write/pack_directory.h"
#include "sharding/write/pack_writer.h"

namespace lockstep {
namespace {

/// "cat, dog, …": the first names, not all of thousands.
std::string first_names(const std::vector<std::string>& names) {
  constexpr std::size_t kShown = 10;
  const auto shown = std::span(names).first(std::min(names.size(), kShown));
  return fmt::format("{}{}", fmt::join(shown, ", "), names.size() > kShown ? ", …" : "");
}

/// What is about to be packed, so that a slip is seen before the work.
void log_source(const PackSource& source, spdlog::logger& log) {
  const LabelType label = source.label_type();
  if (label.kind == LabelKind::int64) {
    const std::vector<std::string>& classes = source.classes();
    log.info(message("{} {}: {}", classes.size(), classes.size() == 1 ? "class" : "classes",
                     first_names(classes)));
    if (classes.size() == 1) {
      log.warn(
          "one class alone: there is nothing to tell apart. A folder SOURCE needs a folder a "
          "class; --label-regex and --table take labels from elsewhere");
    }
  } else if (label.has_targets()) {
    log.info(message("{} {}{}{}", label.width,
                     label.kind == LabelKind::uint8 ? (label.width == 1 ? "flag" : "flags")
                     : label.width == 1             ? "number a label"
                                                    : "numbers a label",
                     source.label_names().empty() ? "" : ": ", first_names(source.label_names())));
  }
  std::string splits;
  for (const PackSource::Split& split : source.splits()) {
    splits += message("{}{} {}", splits.empty() ? "" : ", ", split.name, split.samples);
  }
  log.info("to pack: {}", splits);
}

void log_pack(const Pack& pack, spdlog::logger& log) {
  for (const SplitInfo& split : pack.manifest().splits) {
    log.info("{}: {} image{}, {} shard{}", printable(split.name), split.samples,
             split.samples == 1 ? "" : "s", split.shards.size(),
             split.shards.size() == 1 ? "" : "s");
  }
  const std::uint64_t rejected = pack.manifest().rejected;
  if (rejected == 0) return;
  log.warn("{} {} left out; '{}' says why", rejected, rejected == 1 ? "sample is" : "samples are",
           printable((pack.directory() / kRejectedFile).string()));
}

/// A pack inside of the folder that it is made of would be a class of it the next time; one inside
/// of another pack would go with it.
void check_places(const PackCommand& command) {
  std::error_code error;
  const std::filesystem::file_status there = std::filesystem::symlink_status(command.out, error);
  check(std::filesystem::status_known(there), ExitCode::usage,
        "'{}' cannot be a directory's name: {}; give another one", command.out, error.message());
  check(!std::filesystem::is_symlink(there) || std::filesystem::is_directory(command.out, error),
        ExitCode::usage, "'{}' is a link that leads to no directory: remove it, or name another",
        command.out);
  check_outside_packs(command.out);
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
  const std::string list = printable((command.out / kRejectedFile).string());
  const std::string source = printable(command.source.string());
  const std::string out = printable(command.out.string());
  if (result.faults.empty()) {
    log.error("--strict: '{}' is a finished pack of this input, whose faults '{}' lists; it stays",
              out, list);
  } else if (std::filesystem::exists(command.out / kPackManifest)) {
    log.error(
        "--strict: there are faults in '{}', so no pack was made; the older one in '{}' stays",
        source, out);
  } else {
    log.error("--strict: there are faults in '{}', so no pack was made; '{}' lists them", source,
              list);
  }
}

ExitCode pack_source(const PackCommand& command, spdlog::logger& log, const Progress& progress) {
  const auto start = std::chrono::steady_clock::now();
  SourceOptions options = command;
  options.scratch = command.out.parent_path();
  const auto source = open_source(options);
  for (const std::string& note : source->notes()) {
    log.warn(message("{}: {}", command.source, note));
  }
  log_source(*source, log);

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
             printable(command.out.string()), pack.fingerprint());
  } else {
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    log.info("'{}' is ready: fingerprint {}, {:.1f} s", printable(command.out.string()),
             pack.fingerprint(), seconds.count());
  }
  return ExitCode::ok;
}

void add_labels(CLI::App& app, PackCommand& pack) {
  app.option_defaults()->group("Labels");
  app.add_flag("--unlabelled", pack.unlabelled,
               "Images without labels, to predict: they become the split `test`");
  app.add_option("--label-regex", pack.label_regex,
                 "The class is what this pattern's one group matches in a\n"
                 "file's name (Perl's syntax)")
      ->type_name("RE");
  add_choice(app, "--label-from", pack.regex_subject,
             "Text that the patterns are matched against: the file's name,\n"
             "or its path below SOURCE");
  add_choice(app, "--task", pack.task, "Kind of labels: a class, real numbers, or flags (0, 1)");
  app.add_option("--images-dataset", pack.images_dataset,
                 "For an HDF5 file: dataset of uint8 pixels [N, H, W(, C)] or\n"
                 "encoded files [N]")
      ->capture_default_str()
      ->type_name("NAME");
  app.add_option("--labels-dataset", pack.labels_dataset,
                 "For an HDF5 file: dataset of integers, strings or numbers [N(, k)]")
      ->capture_default_str()
      ->type_name("NAME");
  app.add_option("--fix", pack.fix,
                 "A table (path, label) of classes to correct, such as\n"
                 "`lockstep relabel` writes; a random split is drawn anew")
      ->type_name("FILE");
  app.add_option("--class-names", pack.class_names,
                 "A file with the names of classes that are numbers or synset\n"
                 "ids: two columns, or JSON. Those of one name become one class")
      ->type_name("FILE");
  app.add_option("--valid-labels", pack.valid_labels,
                 "A file with the class of each image of a folder `valid` without\n"
                 "class folders: one a line, by the files' names or in their order")
      ->type_name("FILE");
  app.add_option("--class-list", pack.class_list,
                 "The classes, one a line, that --valid-labels has the numbers of")
      ->type_name("FILE");
  add_list(app, "--classes", pack.classes,
           "Take only these classes; with --synthetic, their number")
      ->delimiter(',')
      ->type_name("A,B…");
}

void add_tables(CLI::App& app, PackCommand& pack) {
  app.option_defaults()->group("Tables");
  app.add_option("--table", pack.table,
                 "A table (.csv, .tsv, .txt) of files below SOURCE, or\nannotations (.json)")
      ->type_name("FILE");
  app.add_option("--valid-table", pack.valid_table, "The same for the split `valid`")
      ->type_name("FILE");
  app.add_option("--test-table", pack.test_table, "The same for the split `test`")
      ->type_name("FILE");
  add_choice(app, "--rows", pack.rows,
             "What a row is: an image with all its labels, or one label of an\n"
             "image, whose rows are gathered into flags");
  app.add_option("--path-column", pack.path_column,
                 "The column with file paths; default: path, file, filename, image …")
      ->type_name("COLUMN");
  app.add_option("--path-prefix", pack.path_prefix,
                 "Text before each path of a table, such as images/")
      ->type_name("TEXT");
  app.add_option("--path-suffix", pack.path_suffix,
                 "Text after each path; default: an ending such as .jpg, if all\n"
                 "rows name files with it")
      ->type_name("TEXT");
  app.add_flag("--find-by-name", pack.find_by_name,
               "Find files by their names alone, in any folder below SOURCE");
  app.add_flag("--allow-outside", pack.allow_outside,
               "Also take a table's paths that lead out of SOURCE");
  app.add_option("--separator", pack.separator,
                 "The table's separator: one character, or tab; default: guessed\n"
                 "from , ; | and tab")
      ->type_name("CHAR");
  add_list(app, "--label-columns", pack.label_columns,
           "The column with the classes, or the columns with the numbers;\n"
           "default: label, class, category …")
      ->delimiter(',')
      ->type_name("A,B…");
  app.add_option("--label-separator", pack.label_separator,
                 "For flags: the text between several names in one cell (A|B)")
      ->type_name("TEXT");
  app.add_option("--target-regex", pack.target_regex,
                 "For numbers: the number is what this pattern's one group\n"
                 "matches in a cell (058Y)")
      ->type_name("RE");
  add_real(app, "--target-min", pack.target_min, "For numbers: reject rows with less");
  add_real(app, "--target-max", pack.target_max, "For numbers: reject rows with more");
}

void add_splits(CLI::App& app, PackCommand& pack) {
  app.option_defaults()->group("Splits, if the source has none");
  add_fraction(app, "--valid-fraction", pack.valid_fraction,
               "Part of each class to set aside for validation");
  add_fraction(app, "--test-fraction", pack.test_fraction, "The same for the split `test`");
  add_number(app, "--seed", pack.seed, 0, std::numeric_limits<std::uint64_t>::max(),
             "Seed that selects the samples of each split; with --synthetic,\n"
             "that draws the images")
      ->default_str(std::to_string(pack.seed));
  app.add_option("--group", pack.group_column,
                 "A table's column, for example the patient: images of one group\n"
                 "stay in the same split")
      ->type_name("COLUMN");
  app.add_option("--group-regex", pack.group_regex,
                 "The same for files: the group is the text that this pattern's\n"
                 "one group matches")
      ->type_name("RE");
  add_choice(app, "--folders", pack.folders,
             "What the folders in SOURCE are, if their names leave it open");
  app.add_option("--split-column", pack.split_column,
                 "The column with train, valid or test (or, in is_valid, True or\n"
                 "False); default: split or is_valid, if there is one")
      ->type_name("COLUMN");
  app.add_option("--valid-list", pack.valid_list,
                 "A file that lists the validation samples, one path below SOURCE\nper line")
      ->type_name("FILE");
  app.add_option("--test-list", pack.test_list, "The same for the split `test`")->type_name("FILE");
  add_number(app, "--limit", pack.limit, 1, std::numeric_limits<std::uint64_t>::max(),
             "Take at most this many images of each split, spread over the\n"
             "classes");
}

void add_images(CLI::App& app, PackCommand& pack) {
  app.option_defaults()->group("Images");
  add_choice(app, "--encode", pack.image.encode,
             "How images are stored: unchanged, or all re-encoded");
  add_number(app, "--quality", pack.image.quality, 1, 100,
             "Quality of the JPEG files that pack writes")
      ->default_str(std::to_string(pack.image.quality));
  add_choice(app, "--check", pack.image.check,
             "How unchanged JPEG files are checked: decoded, or (faster)\n"
             "only header and end");
  add_number(app, "--max-side", pack.image.max_side, 1, 16'384,
             "Shrink images whose longer side exceeds this, in pixels")
      ->type_name("PIXELS");
  add_number(app, "--max-pixels", pack.image.max_pixels, 1,
             std::numeric_limits<std::uint64_t>::max(),
             "Reject images with more pixels; default: 100 million, and ten\n"
             "times as many for JPEG files that --max-side shrinks")
      ->type_name("PIXELS");
  add_number(app, "--png-range", pack.image.png_range, 1, 65'535,
             "The value of white in PNG files of 16 bits, such as 4095;\n"
             "default: what the file says (sBIT), else 65535")
      ->type_name("VALUE");
}

void add_synthetic(CLI::App& app, PackCommand& pack) {
  app.option_defaults()->group("Images that are drawn, if there is no SOURCE");
  add_optional_choice(app, "--synthetic", pack.synthetic,
                      "Draw images that can be learned: shapes anywhere (needs a\n"
                      "convolution), or blobs that are fixed for each class");
  add_optional_number(app, "--samples", pack.samples, 1, kMostSyntheticSamples, "Images in all")
      ->default_str(std::to_string(kDefaultSyntheticSamples));
  add_optional_number(app, "--size", pack.size, kLeastSyntheticSize, kMostSyntheticSize,
                      "Pixels a side")
      ->default_str(std::to_string(kDefaultSyntheticSize));
  add_optional_choice(app, "--channels", pack.channels, "Grey (1) or colour (3)")->default_str("3");
}

}  // namespace

const char* const PackCommand::kHelp = R"(SOURCE is one of
  a folder with a sub-folder of JPEG, PNG or WebP files per class, or train/, valid/ and test/ (or
  Training/, val/, seg_test/ …) of such folders; with --label-regex any folder of images; with --unlabelled one without labels
  an archive (.zip, .tar, .tar.gz, .7z), which is the folder that it would be unpacked, a folder in one (pets.zip/images), or a
  folder of archives; shards of WebDataset; nothing is unpacked to the disk
  a table (.csv, .tsv, with any usual separator) with a header, of files beside it; or the files' folder, with --table
  annotations (.json, as COCO and iMaterialist have them), in the same two ways
  an HDF5 file (.h5, .hdf5) with arrays of images and labels
  a folder of IDX files (as MNIST comes, gzip or plain)
or is left out, and --synthetic draws images of 2 to 1000 classes (--classes 10).
Files that cannot be used are left out, counted, and listed with the reason in PACK/rejected.csv.
The same input gives the same bytes, whatever the threads.

Examples:
  lockstep pack images/ --out data/mine --valid-fraction 0.1
  lockstep pack pets/ --out data/pets --label-regex '^(.+)_\d+\.jpg$' --valid-fraction 0.2
  lockstep pack xrays/ --table ages.csv --path-column file --label-columns age --task regression
      --group patient --valid-fraction 0.15 --test-fraction 0.15 --out data/xrays
  lockstep pack furniture.tsv --label-columns kind --split-column part --out data/furniture
  lockstep pack dog-breed-identification.zip/labels.csv --path-prefix train/ --label-columns breed
      --valid-fraction 0.1 --out data/dogs
  lockstep pack furniture/train.json --valid-table furniture/validation.json --class-names names.csv --out data/furniture
  lockstep pack imagenet/ --valid-labels truth.txt --class-list synsets.txt --class-names words.txt --out data/imagenet
  lockstep pack arrays.h5 --images-dataset x --labels-dataset y --valid-fraction 0.1 --out data/x
  lockstep pack photos/ --max-side 512 --encode jpeg --quality 90 --out data/photos
  lockstep pack test_images/ --unlabelled --out data/test
  lockstep pack images/ --fix labels.csv --out data/mine --force
  lockstep pack /usr/share/datasets/fashion-mnist --out data/fashion-mnist
  lockstep pack --synthetic shapes --samples 5000 --valid-fraction 0.2 --out data/shapes)";

void PackCommand::add_options(CLI::App& app) {
  app.add_option("SOURCE", source, "A folder, an archive, a table, annotations, or an HDF5 file");
  app.add_option("--out", out, "The pack's directory")->required()->type_name("PACK");
  add_jobs(app, jobs);
  add_size(app, "--shard-size", shard_bytes, "Bytes of images in a shard; default: 1GiB");
  app.add_flag("--strict", strict,
               "Make no pack if any sample has a fault; list all faults and exit\nwith 3");
  app.add_flag("--force", force, "Replace a pack that was made from other input");
  add_labels(app, *this);
  add_tables(app, *this);
  add_splits(app, *this);
  add_images(app, *this);
  add_synthetic(app, *this);
}

ExitCode PackCommand::run(Process&) const {
  return run_pack(*this, *make_console_logger(), show_sample_bar("pack"));
}

ExitCode run_pack(const PackCommand& command, spdlog::logger& log, const Progress& progress) {
  check_places(command);
  try {
    return pack_source(command, log, progress);
  } catch (const UnusableSource& error) {
    // What is wrong with samples may be the cause of what is wrong with the whole.
    for (const std::string& line : summarize_faults(error.faults())) log.warn("{}", line);
    if (leave_fault_list(command.out, error.faults())) {
      log.warn(message("'{}' lists them", command.out / kRejectedFile));
    }
    throw;
  }
}

}  // namespace lockstep
