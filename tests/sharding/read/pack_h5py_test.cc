#include <gtest/gtest.h>

#include "sharding/write/pack_writer.h"
#include "tests/python.h"
#include "tests/sharding/pack_fixture.h"
#include "tests/temporary_directory.h"

namespace lockstep {
namespace {

/// sys.argv: the pack, and the kind of its labels.
constexpr const char* kScript = R"(
import h5py, json, sys
pack, kind = sys.argv[1:]
manifest = json.load(open(pack + '/pack.json'))
rows = 0
for shard in manifest['splits']['train']['shards']:
    with h5py.File(pack + '/' + shard['file']) as f:
        assert f.attrs['format'] == 'lockstep-pack', f.attrs['format']
        assert f.attrs['version'] == 1
        assert f.attrs['encoding'] == 'raw'
        assert f.attrs['label_kind'] == kind
        index, data = f['index'][:], f['bytes']
        assert data.chunks is None and f['index'].chunks is None
        assert data.id.get_offset() == shard['bytes']['address'] and data.id.get_offset() % 64 == 0
        assert f['index'].id.get_offset() == shard['index']['address']
        for k, record in enumerate(index):
            image = data[record['offset']:record['offset'] + record['size']]
            image = image.reshape(record['height'], record['width'], record['channels'])
            assert image.tobytes() == b'pixels %d' % rows, image
            assert f['source'][k].decode() == 'folder/%d.png' % rows
            if kind == 'int64':
                assert f['index']['label'][k] == rows % 2 and f['index']['label'].dtype == '<i8'
            elif kind == 'none':
                assert 'label' not in index.dtype.names
            else:
                assert index['label'].shape == (len(index), 3), index['label'].shape
                assert list(record['label']) == [rows % 2, 1, 0]
            rows += 1
        if kind == 'int64':
            assert [c.decode() for c in f['classes']] == ['ant', 'béé']
        else:
            assert 'classes' not in f
        if kind == 'float32':
            assert [n.decode() for n in f['label_names']] == ['age', 'größe', 'mass']
        else:
            assert 'label_names' not in f
assert rows == 9
print('good')
)";

TEST(PackInH5py, EveryKindOfLabelIsReadWithoutUs) {
  if (const std::string reason = python_lacks({"h5py", "numpy"}); !reason.empty()) {
    GTEST_SKIP() << reason;
  }
  const TemporaryDirectory directory;
  for (const LabelType type : {LabelType{LabelKind::int64, 1}, LabelType{LabelKind::none, 0},
                               LabelType{LabelKind::float32, 3}, LabelType{LabelKind::uint8, 3}}) {
    const bool is_class = type.kind == LabelKind::int64;
    const bool is_vector = type.has_targets();
    const bool has_names = type.kind == LabelKind::float32;
    using Names = std::vector<std::string>;
    MemorySource source(type, is_class ? Names{"ant", "béé"} : Names{},
                        has_names ? Names{"age", "größe", "mass"} : Names{});
    for (int i = 0; i < 9; ++i) {
      source.add("train", fmt::format("folder/{}.png", i), fmt::format("pixels {}", i),
                 is_class ? i % 2 : -1,
                 is_vector ? std::vector<float>{float(i % 2), 1, 0} : std::vector<float>{});
    }
    const std::string kind(name_of(type.kind));
    PackWriterOptions options;
    options.out = directory / kind;
    options.shard_bytes = 30;
    write_pack(source, options);
    const PythonResult result = run_python(kScript, {options.out.string(), kind});
    EXPECT_EQ(result.exit_code, 0) << kind << ": " << result.output;
  }
}

}  // namespace
}  // namespace lockstep
