#include "sharding/table/annotation_json.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <utility>

#include <nlohmann/json.hpp>

#include "core/error.h"

namespace lockstep {
namespace {

constexpr std::array<std::string_view, 4> kImageKeys{"image_id", "imageId", "id", "imageID"};
constexpr std::array<std::string_view, 3> kFileKeys{"file_name", "filename", "file"};
constexpr std::array<std::string_view, 4> kUrlKeys{"url", "coco_url", "urls", "flickr_url"};
constexpr std::array<std::string_view, 6> kLabelKeys{"label_id", "labelId",  "category_id",
                                                     "label",    "class_id", "labels"};

bool is_one_of(std::string_view key, std::span<const std::string_view> keys) {
  return std::ranges::find(keys, key) != keys.end();
}

/// An entry of one of the lists: its fields that are texts or numbers, or lists of these.
using Fields = std::map<std::string, std::vector<std::string>>;

/// The first of the keys that the entry has; nullptr where it has none.
const std::vector<std::string>* find_field(const Fields& fields,
                                           std::span<const std::string_view> keys) {
  for (const std::string_view key : keys) {
    const auto found = fields.find(std::string(key));
    if (found != fields.end() && !found->second.empty()) return &found->second;
  }
  return nullptr;
}

std::string first_of(const Fields& fields, std::span<const std::string_view> keys) {
  const auto* field = find_field(fields, keys);
  return field == nullptr ? std::string() : field->front();
}

/// Takes the parser's events: level 1 is the file, 2 one of its lists, 3 an entry, 4 a list in
/// that. Deeper ones are passed over.
class AnnotationEvents final : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit AnnotationEvents(Annotations& result) : result_(result) {}

  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t value) override { return add(std::to_string(value)); }
  bool number_unsigned(number_unsigned_t value) override { return add(std::to_string(value)); }
  bool number_float(number_float_t, const string_t& text) override { return add(text); }
  bool string(string_t& text) override { return add(text); }
  bool binary(binary_t&) override { return true; }

  bool start_object(std::size_t) override {
    ++level_;
    if (level_ == 3 && is_list_) fields_.clear();
    if (level_ == 4) field_.clear();  // an object in an entry
    return true;
  }
  bool end_object() override {
    if (level_ == 3 && is_list_) add_entry();
    --level_;
    return true;
  }
  bool start_array(std::size_t) override {
    check(level_ > 0, ExitCode::data, "it is a list; an object with \"images\" is needed");
    ++level_;
    if (level_ == 2) {
      is_list_ = true;
      result_.has_labels = result_.has_labels || list_ == "annotations";
    }
    return true;
  }
  bool end_array() override {
    if (level_ == 2) is_list_ = false;
    --level_;
    return true;
  }
  bool key(string_t& key) override {
    if (level_ == 1) list_ = key;
    if (level_ == 3) field_ = key;
    return true;
  }
  bool parse_error(std::size_t, const std::string&,
                   const nlohmann::detail::exception& error) override {
    fail(ExitCode::data, "it is not JSON ({})", error.what());
  }

 private:
  bool add(std::string text) {
    const bool is_known = is_one_of(field_, kImageKeys) || is_one_of(field_, kFileKeys) ||
                          is_one_of(field_, kUrlKeys) || is_one_of(field_, kLabelKeys) ||
                          field_ == "name";
    if (is_list_ && is_known && (level_ == 3 || level_ == 4)) {
      fields_[field_].push_back(std::move(text));
    }
    return true;
  }

  void add_entry() {
    if (list_ == "images") {
      result_.images.push_back({.id = first_of(fields_, kImageKeys),
                                .file = first_of(fields_, kFileKeys),
                                .url = first_of(fields_, kUrlKeys)});
    } else if (list_ == "annotations") {
      // Its own `id` names the annotation.
      fields_.erase("id");
      const auto* names = find_field(fields_, kLabelKeys);
      result_.labels.push_back({.image = first_of(fields_, kImageKeys),
                                .names = names ? *names : std::vector<std::string>()});
    } else if (list_ == "categories") {
      const std::string id = first_of(fields_, std::array<std::string_view, 1>{"id"});
      const std::string name = first_of(fields_, std::array<std::string_view, 1>{"name"});
      if (!id.empty() && !name.empty()) result_.categories.emplace(id, name);
    }
  }

  Annotations& result_;
  std::size_t level_ = 0;
  bool is_list_ = false;  ///< level 2 is a list
  std::string list_;      ///< the key of level 1
  std::string field_;     ///< the key of level 3
  Fields fields_;
};

}  // namespace

Annotations parse_annotations(std::string_view text) {
  Annotations result;
  AnnotationEvents events(result);
  nlohmann::json::sax_parse(text, &events);
  return result;
}

}  // namespace lockstep
