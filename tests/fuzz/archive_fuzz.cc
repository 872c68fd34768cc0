#include <vector>

#include "sharding/archive/archive_tree.h"
#include "tests/fuzz/fuzz_input.h"

using namespace lockstep;

namespace {

constexpr const char* kNames[] = {"x.zip", "x.tar", "x.tar.gz", "x.7z"};

}  // namespace

/// Lists an archive of the kind that the first byte says, and reads all that is in it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzInput input(data, size);
  const std::filesystem::path path = fuzz_folder() / kNames[input.byte() % 4];
  write_input(path, input.rest());
  parse_input([&] {
    const ArchiveTree tree(path, {.files = {path}, .scratch = fuzz_folder()});
    for (const FolderEntry& entry : tree.list("")) (void)tree.is_folder(entry.name);
    tree.read(tree.files(1000), 1 << 20, [](const std::string& name, const std::string&) {
      expect(!name.empty() && name[0] != '/' && name != ".." && !name.starts_with("../") &&
                 name.find("/../") == std::string::npos,
             "a name stays in the archive");
    });
  });
  return 0;
}
