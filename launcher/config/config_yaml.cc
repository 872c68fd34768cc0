#include "launcher/config/config_yaml.h"

#include <algorithm>
#include <cassert>
#include <map>
#include <set>

#include <fmt/ranges.h>
#include <yaml-cpp/yaml.h>

#include "core/error.h"
#include "core/suggest.h"
#include "imaging/augment/augment_presets.h"
#include "launcher/config/config_fields.h"
#include "launcher/config/yaml_text.h"

namespace lockstep {
namespace {

/// "(configs/x.yaml:12)", or "(command line)" for an override.
using Where = std::function<std::string(const YAML::Node&)>;

const ConfigField* find_field(std::string_view key) {
  const auto& fields = config_fields();
  const auto found = std::ranges::find(fields, key, &ConfigField::key);
  return found == fields.end() ? nullptr : &*found;
}

/// The keys, and, for something without a value of its own, the sections.
std::vector<std::string> known_names(bool sections) {
  std::set<std::string> names;
  for (const ConfigField& field : config_fields()) {
    names.insert(field.key);
    for (std::size_t dot = field.key.find('.'); sections && dot != std::string::npos;) {
      names.insert(field.key.substr(0, dot));
      dot = field.key.find('.', dot + 1);
    }
  }
  return {names.begin(), names.end()};
}

bool is_section(std::string_view prefix) {
  return prefix.empty() || std::ranges::any_of(config_fields(), [&](const ConfigField& field) {
           return field.key.size() > prefix.size() && field.key.starts_with(prefix) &&
                  field.key[prefix.size()] == '.';
         });
}

/// Where each key that was given is, for messages.
using GivenKeys = std::map<std::string, std::string>;

/// Stores all values under `node`, whose key is `prefix` (empty: the whole document), and notes
/// their keys in `given`.
class Reader {
 public:
  Reader(Config& config, GivenKeys& given, Where where)
      : config_(config), given_(given), where_(std::move(where)) {}

  void read(const std::string& prefix, const YAML::Node& node) {
    if (const ConfigField* field = find_field(prefix)) {
      read_value(*field, node);
    } else if (!is_section(prefix) && !(node.IsMap() && node.size() > 0)) {
      fail(ExitCode::usage, "unknown key '{}' {}{}", prefix, where_(node),
           did_you_mean(prefix, known_names(/*sections=*/!node.IsScalar())));
    } else if (node.IsMap()) {
      for (const auto& entry : node) {
        const YAML::Node& name = entry.first;
        check(name.IsScalar(), ExitCode::usage, "a key that is not a name {}", where_(name));
        check(name.Scalar() != "<<", ExitCode::usage,
              "a merge key (<<) {}: a config has none; write the keys themselves", where_(name));
        const std::string key = prefix.empty() ? name.Scalar() : prefix + "." + name.Scalar();
        const auto [first, is_new] = seen_.emplace(key, where_(name));
        check(is_new, ExitCode::usage, "the key '{}' is given twice {}; first {}", key,
              where_(name), first->second);
        read(key, entry.second);
      }
    } else if (!node.IsNull()) {
      fail(ExitCode::usage, "{} {} must be a section of `key: value` lines",
           prefix.empty() ? "the config" : "'" + prefix + "'", where_(node));
    }
  }

 private:
  void read_value(const ConfigField& field, const YAML::Node& node) {
    const bool empty = node.IsNull();
    check(!empty || field.may_be_empty, ExitCode::usage, "'{}' {} has no value; it must be {}",
          field.key, where_(node), field.allowed);
    const bool is_alone = field.may_be_alone && node.IsScalar();
    check(empty || is_alone || (field.is_list ? node.IsSequence() : node.IsScalar()),
          ExitCode::usage, "'{}' {} must be {}", field.key, where_(node), field.allowed);
    check_no_nul(field, node);
    for (std::size_t i = 0; field.is_list && i < node.size(); ++i) check_no_nul(field, node[i]);
    check(is_allowed(field, node), ExitCode::usage, "'{}' {} is '{}', but must be {}{}", field.key,
          where_(node), YAML::Dump(node), field.allowed,
          node.Tag() == "!" ? "; what is in quotes is text"
          : node.IsScalar() ? did_you_mean(node.Scalar(), field.names)
                            : "");
    given_[field.key] = where_(node);
  }

  bool is_allowed(const ConfigField& field, const YAML::Node& node) {
    try {
      return field.read(config_, node);
    } catch (const Error& error) {
      fail(error.code(), "'{}' {}: {}", field.key, where_(node), error.what());
    }
  }

  void check_no_nul(const ConfigField& field, const YAML::Node& value) const {
    check(!value.IsScalar() || value.Scalar().find('\0') == std::string::npos, ExitCode::usage,
          "'{}' {} is '{}': no name or path has a NUL character", field.key, where_(value),
          value.IsScalar() ? value.Scalar() : "");
  }

  Config& config_;
  GivenKeys& given_;
  Where where_;
  std::map<std::string, std::string> seen_;
};

GivenKeys read_document(Config& config, const YAML::Node& document, const YamlPlace& place) {
  GivenKeys given;
  Reader reader(config, given, [&](const YAML::Node& node) { return place(node.Mark()); });
  reader.read("", document);
  return given;
}

/// Lists, sections and what is in quotes are YAML. Anything else is taken as it is: names and paths
/// may hold what YAML would read as a comment, a key, or a line to fold.
YAML::Node read_override_value(const std::string& value, const YamlPlace& place) {
  if (value.empty() || std::string_view("[{\"'").find(value.front()) != std::string_view::npos) {
    return read_yaml(value, place);
  }
  const bool is_text =
      std::ranges::none_of(value, [](unsigned char c) { return c < ' ' || c == 0x7f; });
  check(is_text, ExitCode::usage, "{} has a control character, such as a line's end, in its value",
        place(YAML::Mark::null_mark()));
  return YAML::Node(value);
}

void read_override(Config& config, GivenKeys& given, const std::string& text) {
  const std::size_t equals = text.find('=');
  check(equals != std::string::npos && equals > 0, ExitCode::usage,
        "'{}' is not an override; an override has the form train.epochs=3", text);
  const std::string key = text.substr(0, equals);
  const auto place = [&](const YAML::Mark&) { return fmt::format("(the override '{}')", text); };
  const auto where = [](const YAML::Node&) { return std::string("(command line)"); };
  const YAML::Node value = read_override_value(text.substr(equals + 1), place);
  Reader(config, given, where).read(key, value);
  check(find_field(key) != nullptr || value.size() > 0, ExitCode::usage,
        "the override '{}' sets nothing: '{}' is a section; an override has the form "
        "train.epochs=3",
        text, key);
}

GivenKeys read_overrides(Config& config, std::span<const std::string> overrides) {
  GivenKeys given;
  for (const std::string& text : overrides) read_override(config, given, text);
  return given;
}

/// A key without effect is a mistake: its author expects one.
void check_effects(const Config& config, const GivenKeys& given) {
  for (const auto& [key, where] : given) {
    const ConfigField& field = *find_field(key);
    if (field.has_effect(config)) continue;
    std::vector<std::string> others;
    for (const ConfigField& other : config_fields()) {
      if (other.depends_on == field.depends_on && other.has_effect(config)) {
        others.push_back(other.key);
      }
    }
    fail(ExitCode::usage, "'{}' {} has no effect with {}: {}{}; remove it", key, where,
         field.depends_on, value_of(config, field.depends_on),
         others.empty() ? "" : fmt::format(", which takes {} instead", fmt::join(others, ", ")));
  }
}

}  // namespace

Config parse_config(std::string_view yaml, std::string_view origin,
                    std::span<const std::string> overrides) {
  const auto place = [&](const YAML::Mark& mark) {
    return mark.is_null() ? fmt::format("({})", origin)
                          : fmt::format("({}:{})", origin, mark.line + 1);
  };
  const YAML::Node document = read_yaml(yaml, place);
  // Read twice: once to learn the preset, wherever it stands, then on top of its numbers.
  Config named;
  read_document(named, document, place);
  read_overrides(named, overrides);
  Config config;
  config.data.augment = augment_preset(named.data.augment.preset);
  // An override of a choice, such as optimizer.name, takes their effect from keys of the file.
  check_effects(config, read_document(config, document, place));
  check_effects(config, read_overrides(config, overrides));
  check_augment_options(config.data.augment);
  check(!config.data.pack.empty(), ExitCode::usage,
        "'data.pack' is not set ({}): give the directory of a pack (`lockstep pack` makes one)",
        origin);
  return config;
}

std::string to_yaml(const Config& config) {
  std::string yaml;
  std::vector<std::string> open;  // the sections that the last line is in
  for (const ConfigField& field : config_fields()) {
    if (!field.has_effect(config)) continue;
    std::vector<std::string> path;
    for (std::size_t begin = 0, dot; begin <= field.key.size(); begin = dot + 1) {
      dot = std::min(field.key.find('.', begin), field.key.size());
      path.push_back(field.key.substr(begin, dot - begin));
    }
    const std::string name = path.back();
    path.pop_back();
    const std::size_t shared = std::ranges::mismatch(path, open).in1 - path.begin();
    for (std::size_t depth = shared; depth < path.size(); ++depth) {
      yaml += fmt::format("{:{}}{}:\n", "", 2 * depth, path[depth]);
    }
    yaml += fmt::format("{:{}}{}: {}\n", "", 2 * path.size(), name, field.write(config));
    open = path;
  }
  return yaml;
}

std::string value_of(const Config& config, std::string_view key) {
  const ConfigField* field = find_field(key);
  assert(field != nullptr);
  return field->write(config);
}

std::vector<std::pair<std::string, std::string>> identity_of(const Config& config) {
  std::vector<std::pair<std::string, std::string>> values;
  for (const ConfigField& field : config_fields()) {
    if (field.role != KeyRole::identity || !field.has_effect(config)) continue;
    values.emplace_back(field.key, field.write(config));
  }
  return values;
}

std::vector<ConfigDifference> config_diff(const Config& run, const Config& given) {
  std::vector<ConfigDifference> differences;
  for (const ConfigField& field : config_fields()) {
    if (field.role != KeyRole::identity) continue;
    const auto text = [&](const Config& config) {
      return field.has_effect(config) ? field.write(config) : "unset";
    };
    ConfigDifference difference{field.key, text(run), text(given)};
    const bool resolves = !field.wildcard.empty() &&
                          (difference.run == field.wildcard || difference.given == field.wildcard);
    if (difference.run != difference.given && !resolves)
      differences.push_back(std::move(difference));
  }
  return differences;
}

std::string to_text(std::span<const ConfigDifference> differences) {
  std::string text;
  for (const ConfigDifference& difference : differences) {
    text +=
        message("  {}: {} in the run, {} now\n", difference.key, difference.run, difference.given);
  }
  return text;
}

}  // namespace lockstep
