#include "tests/faults/disk_model.h"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <utility>

namespace lockstep {
namespace {

namespace fs = std::filesystem;
constexpr std::size_t kBlock = 512;

void apply_change(std::map<std::string, std::size_t>& names, const std::string& removed,
                  const std::string& added, std::size_t node) {
  if (!removed.empty()) names.erase(removed);
  if (!added.empty()) names[added] = node;
}

/// Each block is the new one, the old one or zeros; the size is the old one, the new one, or ends
/// the file in the middle of what is new.
std::string torn(const std::string& seen, const std::string& durable, std::mt19937_64& random) {
  std::string content = seen;
  for (std::size_t at = 0; at < content.size(); at += kBlock) {
    const std::size_t size = std::min(kBlock, content.size() - at);
    const std::string old = at < durable.size() ? durable.substr(at, size) : std::string();
    const std::string now = content.substr(at, size);
    if (old == now || random() % 2 == 0) continue;
    content.replace(at, size, random() % 2 == 0 || old.empty() ? std::string(size, '\0') : old);
  }
  const std::size_t shorter = std::min(seen.size(), durable.size());
  if (seen.size() > shorter && random() % 2 == 0) {
    content.resize(shorter + random() % (seen.size() - shorter));
  }
  return content;
}

std::string content_after(const std::string& seen, const std::string& durable, Loss loss,
                          std::mt19937_64& random) {
  switch (loss) {
    case Loss::all:
    case Loss::data:
      return durable;
    case Loss::nothing:
      return seen;
    case Loss::torn:
      return torn(seen, durable, random);
    case Loss::reordered:
      break;
  }
  const auto choice = random() % 3;
  return choice == 0 ? durable : choice == 1 ? seen : torn(seen, durable, random);
}

}  // namespace

std::vector<DiskCall> read_trace(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::vector<DiskCall> calls;
  for (std::string line; std::getline(stream, line);) {
    DiskCall call;
    std::istringstream words(line);
    std::size_t size = 0;
    words >> call.name >> call.offset >> size;
    words.ignore(1);
    std::getline(words, call.path, '\t');
    std::getline(words, call.to, '\t');
    call.data.resize(size);
    stream.read(call.data.data(), static_cast<std::streamsize>(size));
    if (stream.get() != '\n' || call.path.empty()) throw std::runtime_error("no trace: " + line);
    calls.push_back(std::move(call));
  }
  return calls;
}

Tree read_tree(const fs::path& root) {
  Tree tree;
  if (!fs::exists(root)) return tree;
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    std::optional<std::string>& content = tree[entry.path().lexically_relative(root)];
    if (!entry.is_regular_file()) continue;
    std::ostringstream text;
    text << std::ifstream(entry.path(), std::ios::binary).rdbuf();
    content = text.str();
  }
  return tree;
}

void write_tree(const fs::path& root, const Tree& tree) {
  fs::remove_all(root);
  fs::create_directories(root);
  for (const auto& [path, content] : tree) {  // a directory comes before what is in it
    if (content) {
      std::ofstream(root / path, std::ios::binary) << *content;
    } else {
      fs::create_directory(root / path);
    }
  }
}

DiskModel::DiskModel(fs::path root, const Tree& tree) : root_(std::move(root)), nodes_(1) {
  nodes_[0].is_directory = true;
  for (const auto& [path, content] : tree) {
    const std::size_t node = add_node(root_ / path, !content.has_value());
    nodes_[node].seen = content.value_or("");
  }
  for (Node& node : nodes_) sync(node);
}

void DiskModel::apply(const DiskCall& call) {
  if (call.name == "create" || call.name == "mkdir") {
    add_node(call.path, call.name == "mkdir");
  } else if (call.name == "rename") {
    rename(call.path, call.to);
  } else if (call.name == "link") {
    const Place to = place_of(call.to);
    change(to.directory, {{}, to.name, node_at(call.path)});
  } else if (call.name == "remove") {
    const Place place = place_of(call.path);
    change(place.directory, {place.name, {}, 0});
  } else if (call.path.ends_with(" (deleted)")) {
    return;  // a file without a name
  } else if (call.name == "sync") {
    sync(nodes_[node_at(call.path)]);
  } else if (call.name == "truncate") {
    nodes_[node_at(call.path)].seen.resize(call.offset);
  } else if (call.name == "write") {
    std::string& content = nodes_[node_at(call.path)].seen;
    content.resize(std::max(content.size(), call.offset + call.data.size()));
    content.replace(call.offset, call.data.size(), call.data);
  } else {
    throw std::runtime_error("unknown call: " + call.name);
  }
}

Tree DiskModel::seen() const {
  Tree tree;
  std::mt19937_64 unused;
  collect(0, "", std::nullopt, unused, tree);
  return tree;
}

Tree DiskModel::after_power_cut(Loss loss, std::mt19937_64& random) const {
  Tree tree;
  collect(0, "", loss, random, tree);
  return tree;
}

DiskModel::Place DiskModel::place_of(const std::string& path) const {
  const fs::path inside = fs::path(path).lexically_relative(root_);
  Place place{0, inside.filename()};
  for (const fs::path& part : inside.parent_path()) {
    const auto found = nodes_[place.directory].names.find(part);
    if (found == nodes_[place.directory].names.end()) {
      throw std::runtime_error("the trace never made the directory of " + path);
    }
    place.directory = found->second;
  }
  return place;
}

std::size_t DiskModel::node_at(const std::string& path) const {
  if (path == root_) return 0;
  const Place place = place_of(path);
  const auto found = nodes_[place.directory].names.find(place.name);
  if (found == nodes_[place.directory].names.end()) {
    throw std::runtime_error("the trace never made " + path);
  }
  return found->second;
}

std::size_t DiskModel::add_node(const std::string& path, bool is_directory) {
  const Place place = place_of(path);
  nodes_.push_back({.is_directory = is_directory,
                    .seen = {},
                    .durable = {},
                    .names = {},
                    .durable_names = {},
                    .unsynced = {}});
  change(place.directory, {{}, place.name, nodes_.size() - 1});
  return nodes_.size() - 1;
}

void DiskModel::change(std::size_t directory, NameChange change) {
  Node& node = nodes_[directory];
  apply_change(node.names, change.removed, change.added, change.added_node);
  node.unsynced.push_back(std::move(change));
}

void DiskModel::rename(const std::string& from, const std::string& to) {
  const Place source = place_of(from), target = place_of(to);
  if (source.directory != target.directory) {
    throw std::runtime_error("a rename from one directory to another: " + from);
  }
  change(source.directory, {source.name, target.name, node_at(from)});
}

void DiskModel::sync(Node& node) {
  node.durable = node.seen;
  node.durable_names = node.names;
  node.unsynced.clear();
}

std::map<std::string, std::size_t> DiskModel::names_after(const Node& node, Loss loss,
                                                          std::mt19937_64& random) const {
  if (loss == Loss::all) return node.durable_names;
  if (loss != Loss::reordered) return node.names;
  std::map<std::string, std::size_t> names = node.durable_names;
  for (const NameChange& change : node.unsynced) {
    if (random() % 2 == 0) apply_change(names, change.removed, change.added, change.added_node);
  }
  return names;
}

void DiskModel::collect(std::size_t number, const std::string& path, std::optional<Loss> loss,
                        std::mt19937_64& random, Tree& tree) const {
  const Node& node = nodes_[number];
  if (!path.empty()) tree[path] = std::nullopt;
  if (!node.is_directory) {
    tree[path] = loss ? content_after(node.seen, node.durable, *loss, random) : node.seen;
    return;
  }
  for (const auto& [name, child] : loss ? names_after(node, *loss, random) : node.names) {
    collect(child, path.empty() ? name : path + "/" + name, loss, random, tree);
  }
}

}  // namespace lockstep
