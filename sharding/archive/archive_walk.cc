#include "sharding/archive/archive_walk.h"

#include <utility>

#include "core/error.h"
#include "sharding/tree/file_tree.h"

namespace lockstep {
namespace {

/// The names of all are held in memory.
constexpr std::uint64_t kMostEntries = 20'000'000;
constexpr std::size_t kBlockBytes = 256 << 10;

/// True where one is the other, or a folder above it.
bool is_on_the_way(std::string_view a, std::string_view b) {
  if (a.size() > b.size()) std::swap(a, b);
  return a.empty() || (b.starts_with(a) && (b.size() == a.size() || b[a.size()] == '/'));
}

}  // namespace

ArchiveWalk::ArchiveWalk(const ArchiveSet& set) : set_(set) {}
ArchiveWalk::~ArchiveWalk() = default;

bool ArchiveWalk::open_next_archive() {
  while (opened_ < set_.files.size()) {
    const std::filesystem::path& file = set_.files[opened_];
    opens_nested_ = opened_ < set_.opens_nested.size() && set_.opens_nested[opened_];
    ++opened_;
    outer_folder_ = set_.is_folder ? archive_folder_name(file) : std::string();
    if (!is_on_the_way(outer_folder_, set_.inside)) continue;
    std::error_code ignored;
    const std::uintmax_t bytes = std::filesystem::file_size(file, ignored);
    budget_.emplace(file.string(), ignored ? 0 : bytes);
    outer_ = std::make_unique<ArchiveStream>(file, *budget_);
    return true;
  }
  return false;
}

/// Makes the path relative to `inside`; false where the entry is not in there.
bool ArchiveWalk::place(Entry& entry) const {
  const std::string& inside = set_.inside;
  if (inside.empty()) return !entry.path.empty();
  if (!entry.path.starts_with(inside + "/")) return false;
  entry.path.erase(0, inside.size() + 1);
  return true;
}

void ArchiveWalk::open_nested(const std::string& path, ArchiveKind kind) {
  inner_folder_ = path;
  const std::string name = fmt::format("{}/{}", outer_->name(), path);
  if (kind == ArchiveKind::tar || kind == ArchiveKind::tar_gz) {
    inner_ = std::make_unique<ArchiveStream>(*outer_, kind, name, *budget_);
    return;
  }
  copy_.emplace(set_.scratch);
  std::vector<std::byte> block(kBlockBytes);
  while (const std::size_t count = outer_->read(block))
    copy_->append(std::span(block).first(count));
  inner_ = std::make_unique<ArchiveStream>(copy_->fd(), kind, name, *budget_);
}

bool ArchiveWalk::next_inner(Entry& entry) {
  while (inner_->next(entry)) {
    check(++entries_ <= kMostEntries, ExitCode::data, "'{}' has more than {} entries",
          inner_->name(), kMostEntries);
    entry.path = join_path(inner_folder_, entry.path);
    if (place(entry)) return true;
  }
  inner_.reset();
  copy_.reset();
  return false;
}

bool ArchiveWalk::next_outer(Entry& entry) {
  while (outer_->next(entry)) {
    check(++entries_ <= kMostEntries, ExitCode::data, "'{}' has more than {} entries",
          outer_->name(), kMostEntries);
    const auto kind = archive_kind_by_name(entry.path);
    entry.path = outer_folder_.empty() ? entry.path : join_path(outer_folder_, entry.path);
    if (!opens_nested_ || !kind || entry.kind != Entry::Kind::file) {
      if (place(entry)) return true;
      continue;
    }
    const std::filesystem::path path(entry.path);
    const std::string folder = (path.parent_path() / archive_folder_name(path)).string();
    if (!is_on_the_way(folder, set_.inside)) continue;
    open_nested(folder, *kind);
    entry = {.path = folder, .kind = Entry::Kind::folder};
    if (place(entry)) return true;
    if (next_inner(entry)) return true;
  }
  outer_.reset();
  return false;
}

bool ArchiveWalk::next(Entry& entry) {
  while (true) {
    if (inner_ && next_inner(entry)) return true;
    if (outer_ && next_outer(entry)) return true;
    if (!open_next_archive()) return false;
    entry = {.path = outer_folder_, .kind = Entry::Kind::folder};
    if (set_.is_folder && place(entry)) return true;
  }
}

std::uint64_t ArchiveWalk::read(std::vector<std::byte>& bytes, std::uint64_t most) {
  ArchiveStream& stream = inner_ ? *inner_ : *outer_;
  std::uint64_t size = 0;
  bytes.clear();
  std::vector<std::byte> block(kBlockBytes);
  while (const std::size_t count = stream.read(block)) {
    size += count;
    if (size <= most)
      bytes.insert(bytes.end(), block.begin(), block.begin() + static_cast<std::ptrdiff_t>(count));
  }
  return size;
}

}  // namespace lockstep
