#include "models/weights/load_weights.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <ranges>
#include <set>

#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/upsample_bicubic2d.h>
#include <fmt/ranges.h>

#include "core/error.h"
#include "core/suggest.h"
#include "models/catalog/model_catalog.h"
#include "models/make_model.h"
#include "models/weights/tensor_names.h"

namespace lockstep {
namespace {

using Tensors = std::map<std::string, at::Tensor>;

constexpr std::string_view kCounter = "num_batches_tracked";
constexpr std::string_view kEmbedding = "encoder.pos_embedding";

Tensors tensors_of(const ImageModel& model) {
  Tensors tensors;
  for (const auto& item : model.named_parameters()) tensors[item.key()] = item.value();
  for (const auto& item : model.named_buffers()) tensors[item.key()] = item.value();
  return tensors;
}

std::string shape_text(const at::Tensor& tensor) {
  return fmt::format("[{}]", fmt::join(tensor.sizes(), ", "));
}

/// A shape without its sides of 1: a linear layer is a convolution of 1x1.
std::vector<std::int64_t> squeezed(const at::Tensor& tensor) {
  std::vector<std::int64_t> sides;
  for (const std::int64_t side : tensor.sizes()) {
    if (side != 1) sides.push_back(side);
  }
  return sides;
}

bool differ_only_in(std::int64_t dimension, const at::Tensor& a, const at::Tensor& b) {
  if (a.dim() != b.dim() || a.dim() <= dimension) return false;
  for (std::int64_t i = 0; i < a.dim(); ++i) {
    if (i != dimension && a.size(i) != b.size(i)) return false;
  }
  return true;
}

/// One model, one file, and how far they fit.
class Match {
 public:
  Match(const WeightFile& file, const ModelEntry& entry, const ImageModel& model,
        MissingWeights missing = MissingWeights::refused)
      : missing_weights_(missing),
        file_(file),
        entry_(entry),
        ours_(tensors_of(model)),
        first_(model.stages().front()),
        head_(model.stages().back()) {
    for (const WeightFile::Entry& tensor : file.tensors) theirs_[tensor.name] = tensor.value;
    for (const auto& [style, name] : enum_names(NameStyle{})) {
      const std::size_t found = count(style);
      if (found > found_) {
        found_ = found;
        style_ = style;
      }
    }
  }

  std::size_t found() const { return found_; }
  std::size_t wanted() const { return ours_.size(); }

  void copy() {
    const at::NoGradGuard no_grad;
    std::set<std::string> used;
    const at::Tensor* head = find_end(true);
    has_other_head_ = head != nullptr && head->size(0) != head_outputs();
    for (auto& [name, tensor] : ours_) {
      const std::string there = styled_name(style_, entry_, name).value_or(name);
      const auto value = theirs_.find(there);
      if (value == theirs_.end()) {
        if (!name.ends_with(kCounter)) missing_.push_back(there);
        continue;
      }
      used.insert(there);
      copy_one(name, there, value->second, tensor);
    }
    for (const auto& [name, tensor] : theirs_) {
      if (!used.contains(name)) unexpected_.push_back(name);
    }
    const auto* efficient = std::get_if<EfficientNetSpec>(&entry_.spec);
    if (style_ == NameStyle::efficientnet_pytorch && efficient != nullptr &&
        efficient->padding != Padding::same) {
      notes_.push_back(
          "the package efficientnet_pytorch pads as TensorFlow does, and this network as "
          "torchvision: what it answers with these weights differs from there");
    }
    if (style_ != NameStyle::torchvision) {
      notes_.push_back(fmt::format("its names are those of {}", name_of(style_)));
    }
  }

  NameStyle style() const { return style_; }

  std::int64_t head_outputs() const {
    for (const auto& [name, tensor] : ours_) {
      if (tensor.dim() >= 2 && is_in(head_, name)) return tensor.size(0);
    }
    return 0;
  }

  /// The file's tensor for the weights of the layer at one end; nullptr where it has none.
  const at::Tensor* find_end(bool of_head) const {
    for (const auto& [name, tensor] : ours_) {
      if (tensor.dim() < 2 || !is_in(of_head ? head_ : first_, name)) continue;
      const auto there = theirs_.find(styled_name(style_, entry_, name).value_or(name));
      if (there != theirs_.end() && there->second.dim() == tensor.dim()) return &there->second;
    }
    return nullptr;
  }

  bool is_whole() const { return missing_.empty() && unexpected_.empty() && misshapen_.empty(); }
  const std::vector<std::string>& notes() const { return notes_; }

  /// Whether one has BatchNorm's statistics and the other has none, and all else fits.
  bool differs_by_norm() const {
    const auto is_statistic = [](const std::string& name) {
      return name.find(".running_") != std::string::npos || name.ends_with(kCounter);
    };
    const bool has_here = std::ranges::any_of(std::views::keys(ours_), is_statistic);
    const bool has_there = std::ranges::any_of(std::views::keys(theirs_), is_statistic);
    return has_here != has_there && misshapen_.empty() &&
           std::ranges::all_of(missing_, is_statistic) &&
           std::ranges::all_of(unexpected_, is_statistic);
  }

  /// What does not fit, one line a kind.
  std::vector<std::string> differences() const {
    std::vector<std::string> lines;
    add(lines, "missing in the file", missing_, true);
    add(lines, "not of the network", unexpected_, false);
    add(lines, "of another shape or type", misshapen_, false);
    return lines;
  }

 private:
  std::size_t count(NameStyle style) const {
    return static_cast<std::size_t>(std::ranges::count_if(ours_, [&](const auto& item) {
      const auto there = styled_name(style, entry_, item.first);
      return there && theirs_.contains(*there);
    }));
  }

  static bool is_in(const ModelStage& stage, const std::string& name) {
    return std::ranges::any_of(stage.prefixes,
                               [&](const std::string& prefix) { return name.starts_with(prefix); });
  }

  /// The convolution that takes the image, for another number of channels.
  bool is_input(const std::string& name, const at::Tensor& value, const at::Tensor& tensor) const {
    return tensor.dim() == 4 && is_in(first_, name) && differ_only_in(1, value, tensor);
  }

  void copy_one(const std::string& name, const std::string& there, const at::Tensor& value,
                at::Tensor& tensor) {
    if (is_in(head_, name) && has_other_head_ && missing_weights_ != MissingWeights::exact &&
        differ_only_in(0, value, tensor)) {
      if (name.ends_with("weight")) {
        notes_.push_back(fmt::format("the head has {} outputs there and {} here: it starts anew",
                                     value.size(0), tensor.size(0)));
      }
    } else if (tensor.is_floating_point() && !value.is_floating_point()) {
      misshapen_.push_back(fmt::format("{} (whole numbers there)", there));  // quantized, perhaps
    } else if (squeezed(value) == squeezed(tensor)) {
      tensor.copy_(value.view(tensor.sizes()));
      if (name.ends_with("running_var")) tensor.sub_(variance_shift(style_, entry_));
    } else if (missing_weights_ == MissingWeights::exact && name != kEmbedding) {
      misshapen_.push_back(
          fmt::format("{} ({} there, {} here)", there, shape_text(value), shape_text(tensor)));
    } else if (is_input(name, value, tensor) && value.size(1) == 3 && tensor.size(1) == 1) {
      tensor.copy_(value.sum(1, /*keepdim=*/true));
      notes_.push_back(fmt::format("'{}' is for 3 channels: summed for images of 1", there));
    } else if (is_input(name, value, tensor) && value.size(1) == 1 && tensor.size(1) == 3) {
      tensor.copy_(value.expand_as(tensor) / 3);
      notes_.push_back(fmt::format("'{}' is for 1 channel: a third of it for each of 3", there));
    } else if (is_input(name, value, tensor)) {
      misshapen_.push_back(
          fmt::format("{} (for {} channels there, {} here; 3 can become 1, and 1 can become 3)",
                      there, value.size(1), tensor.size(1)));
    } else if (name == kEmbedding && differ_only_in(1, value, tensor)) {
      copy_embeddings(value, tensor);
    } else {
      misshapen_.push_back(
          fmt::format("{} ({} there, {} here)", there, shape_text(value), shape_text(tensor)));
    }
  }

  void copy_embeddings(const at::Tensor& value, at::Tensor& tensor) {
    const auto side = std::llround(std::sqrt(static_cast<double>(tensor.size(1) - 1)));
    check(side * side == tensor.size(1) - 1, ExitCode::usage,
          "position embeddings are interpolated for square images alone");
    tensor.copy_(resize_position_embeddings(value, side, side));
    notes_.push_back(fmt::format("position embeddings interpolated from {} patches to {}",
                                 value.size(1) - 1, tensor.size(1) - 1));
  }

  void add(std::vector<std::string>& lines, std::string_view what,
           const std::vector<std::string>& names, bool with_nearest) const {
    constexpr std::size_t kShown = 10;
    if (names.empty()) return;
    std::vector<std::string> shown;
    for (std::size_t i = 0; i < std::min(names.size(), kShown); ++i) {
      shown.push_back(names[i] + (with_nearest ? nearest_to(names[i]) : ""));
    }
    lines.push_back(fmt::format("{} {}: {}{}", names.size(), what, fmt::join(shown, ", "),
                                names.size() > kShown ? ", …" : ""));
  }

  std::string nearest_to(const std::string& name) const {
    const std::string* best = nullptr;
    int distance = static_cast<int>(name.size()) / 3 + 1;
    for (const std::string& other : unexpected_) {
      if (const int d = edit_distance(name, other); d < distance) {
        distance = d;
        best = &other;
      }
    }
    return best == nullptr ? "" : fmt::format(" (there is '{}')", *best);
  }

  MissingWeights missing_weights_;
  bool has_other_head_ = false;  ///< of another number of outputs
  const WeightFile& file_;
  const ModelEntry& entry_;
  Tensors ours_;
  ModelStage first_, head_;
  Tensors theirs_;
  NameStyle style_ = NameStyle::torchvision;
  std::size_t found_ = 0;
  std::vector<std::string> notes_, missing_, unexpected_, misshapen_;
};

/// The network as it was published: for ImageNet.
std::shared_ptr<ImageModel> usual_outline(const ModelOptions& options) {
  const int side = find_model(options.name).usual_side;
  return make_outline(options, {.channels = 3, .outputs = 1000, .height = side, .width = side});
}

/// The network of the catalog that the file is probably of; empty where it is of none. Only those
/// of about its size are built.
std::string looks_like(const WeightFile& file, std::string_view but) {
  std::int64_t numbers = 0;
  for (const WeightFile::Entry& tensor : file.tensors) numbers += tensor.value.numel();
  std::string best;
  double most = 0.9;  // of its tensors
  for (const ModelEntry& entry : model_catalog()) {
    const double size = static_cast<double>(numbers) / static_cast<double>(entry.parameters);
    if (entry.name == but || size < 0.7 || size > 1.05) continue;
    const auto model = usual_outline({.name = std::string(entry.name)});
    const Match match(file, entry, *model);
    const double part = static_cast<double>(match.found()) / static_cast<double>(match.wanted());
    // Names and shapes do not tell which side an image is padded on; whose names they are does.
    const bool is_like_tf = entry.name.starts_with("tf_") &&
                            match.style() == NameStyle::efficientnet_pytorch && part == most;
    if (part > most || is_like_tf) {
      most = part;
      best = entry.name;
    }
  }
  return best;
}

/// What network the weights look like, for a message; empty where nothing is known.
std::string guess(const WeightFile& file, std::string_view but) {
  if (!file.network.empty() && file.network != but) {
    return fmt::format(" (they are those of {})", file.network);
  }
  const std::string other = looks_like(file, but);
  return other.empty() ? "" : fmt::format(" (they look like those of {})", other);
}

}  // namespace

NameStyle find_name_style(const WeightFile& file, const ModelOptions& options) {
  return Match(file, find_model(options.name), *usual_outline(options)).style();
}

WeightEnds find_weight_ends(const WeightFile& file, const ModelOptions& options) {
  const auto model = usual_outline(options);
  const Match match(file, find_model(options.name), *model);
  const at::Tensor* head = match.find_end(true);
  check(head != nullptr, ExitCode::usage, "the weights '{}' have no head of {}{}", file.path,
        options.name, guess(file, options.name));
  const at::Tensor* first = match.find_end(false);
  const bool is_image = first != nullptr && first->dim() == 4;
  return {.channels = is_image && first->size(1) == 1 ? 1 : 3,
          .outputs = static_cast<int>(head->size(0)),
          .style = match.style()};
}

std::vector<std::string> load_weights(const WeightFile& file, const ModelOptions& options,
                                      MissingWeights missing, ImageModel& model) {
  Match match(file, find_model(options.name), model, missing);
  match.copy();
  std::vector<std::string> notes = file.notes;
  notes.insert(notes.end(), match.notes().begin(), match.notes().end());
  if (match.is_whole()) return notes;
  const std::vector<std::string> differences = match.differences();
  if (missing != MissingWeights::left) {
    check(!match.differs_by_norm(), ExitCode::usage,
          "the weights '{}' are of {} {} BatchNorm: they need model.norm={}, not {}", file.path,
          options.name, options.norm == Norm::none ? "with" : "without",
          name_of(options.norm == Norm::none ? Norm::batch : Norm::none), name_of(options.norm));
    fail(ExitCode::usage, "the weights '{}' do not fit {}{}: {}{}", file.path, options.name,
         guess(file, options.name), fmt::join(differences, "; "),
         missing == MissingWeights::exact ? ""
                                          : ". model.weights_partial=true takes those that fit");
  }
  check(match.found() > 0, ExitCode::usage, "no tensor of '{}' is one of {}", file.path,
        options.name);
  notes.insert(notes.end(), differences.begin(), differences.end());
  return notes;
}

at::Tensor resize_position_embeddings(const at::Tensor& embeddings, std::int64_t to_rows,
                                      std::int64_t to_columns) {
  const std::int64_t patches = embeddings.size(1) - 1, width = embeddings.size(2);
  const auto side = std::llround(std::sqrt(static_cast<double>(patches)));
  check(side > 0 && side * side == patches, ExitCode::usage,
        "position embeddings of {} patches are of no square image", patches);
  const at::Tensor grid =
      embeddings.narrow(1, 1, patches).view({1, side, side, width}).permute({0, 3, 1, 2});
  const at::Tensor resized =
      at::upsample_bicubic2d(grid, {to_rows, to_columns}, /*align_corners=*/true)
          .permute({0, 2, 3, 1})
          .reshape({1, to_rows * to_columns, width});
  return at::cat({embeddings.narrow(1, 0, 1), resized}, 1);
}

}  // namespace lockstep
