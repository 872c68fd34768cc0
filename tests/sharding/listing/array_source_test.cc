#include <cstdlib>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sharding/listing/open_source.h"
#include "sharding/write/source_scan.h"
#include "tests/python.h"
#include "tests/sharding/pack_fixture.h"
#include "tests/temporary_directory.h"

namespace lockstep {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// HDF5 files as h5py makes them.
class ArraySource : public testing::Test {
 protected:
  void SetUp() override {
    if (const std::string reason = python_lacks({"h5py", "numpy"}); !reason.empty()) {
      GTEST_SKIP() << reason;
    }
    write_text(root_ / "0.png", png_bytes(3, 2, 3, 0));
    write_text(root_ / "1.jpg", jpeg_bytes(5, 4, 1, 1));
  }

  /// Writes a file with `lines`, in which `f` is it, `n` numpy and `files` the bytes of two images.
  SourceOptions write(std::string_view lines) {
    const std::string path = root_ / "a.h5";
    const PythonResult result =
        run_python(fmt::format("import h5py, numpy as n, sys\n"
                               "files = [open(name, 'rb').read() for name in sys.argv[2:]]\n"
                               "with h5py.File(sys.argv[1], 'w') as f:\n  {}\n",
                               lines),
                   {path, root_ / "0.png", root_ / "1.jpg"});
    EXPECT_EQ(result.exit_code, 0) << result.output;
    return source_at(path);
  }

  TemporaryDirectory root_;
};

/// The pixels of each sample, as text.
std::vector<std::string> list_pixels(const PackSource& source) {
  std::vector<std::string> result;
  scan_source(source, {.jobs = 2, .progress = {}},
              [&](const PackSource::Split& split, const SourceSample& sample) {
                const SampleRecord& record = sample.record;
                std::string text = fmt::format("{} {} {}x{}x{}:", split.name, sample.source,
                                               record.height, record.width, record.channels);
                for (const std::byte byte : sample.bytes) {
                  text += fmt::format(" {}", std::to_integer<int>(byte));
                }
                result.push_back(text);
              });
  return result;
}

TEST_F(ArraySource, GreyAndColourPixelsChunkedAndCompressedOrNot) {
  for (const std::string how : {"", ", chunks=(2,1,2), compression='gzip'"}) {
    EXPECT_THAT(list_pixels(*open_source(write(
                    "f.create_dataset('images', data=n.arange(18, dtype='u1').reshape(3,2,3)" +
                    how + "); f['labels'] = n.array([1, 0, 1])"))),
                ElementsAre("train a.h5#0 2x3x1: 0 1 2 3 4 5", "train a.h5#1 2x3x1: 6 7 8 9 10 11",
                            "train a.h5#2 2x3x1: 12 13 14 15 16 17"));
  }
  EXPECT_THAT(
      list_pixels(*open_source(
          write("f['images'] = n.arange(12, dtype='u1').reshape(2,2,1,3); f['labels'] = [0, 1]"))),
      ElementsAre("train a.h5#0 2x1x3: 0 1 2 3 4 5", "train a.h5#1 2x1x3: 6 7 8 9 10 11"));
}

TEST_F(ArraySource, LabelsAreIntegersStringsOrNumbers) {
  const std::string images = "f['images'] = n.zeros((4,2,2), 'u1'); ";
  const auto numbers = open_source(write(images + "f['labels'] = n.array([3, 0, 3, -1], 'i2')"));
  EXPECT_THAT(numbers->classes(), ElementsAre("0", "1", "2", "3"));
  EXPECT_THAT(list_samples(*numbers),
              ElementsAre("train: a.h5#0 = 3", "train: a.h5#1 = 0", "train: a.h5#2 = 3"));
  EXPECT_THAT(list_faults(*numbers), ElementsAre(HasSubstr("a.h5#3: no label")));

  for (const std::string type : {"h5py.string_dtype()", "'S5'"}) {
    SourceOptions options = write(
        images + "f.create_dataset('y', data=[b'dog', b'cat', b'', b'dog'], dtype=" + type + ")");
    options.labels_dataset = "y";
    const auto texts = open_source(options);
    EXPECT_THAT(texts->classes(), ElementsAre("cat", "dog"));
    EXPECT_THAT(list_faults(*texts), ElementsAre(HasSubstr("a.h5#2: no label")));
  }

  SourceOptions options =
      write(images + "f['labels'] = n.array([[1,2],[3,4],[5,n.nan],[7,8.5]], 'f8')");
  options.task = LabelTask::regression;
  const auto targets = open_source(options);
  EXPECT_EQ(targets->label_type(), (LabelType{LabelKind::float32, 2}));
  EXPECT_THAT(list_samples(*targets),
              ElementsAre("train: a.h5#0 = 1 2", "train: a.h5#1 = 3 4", "train: a.h5#3 = 7 8.5"));
  EXPECT_THAT(list_faults(*targets), ElementsAre(HasSubstr("a.h5#2: bad target")));
}

TEST_F(ArraySource, LabelsAreTrimmedMissingOnesAreFaultsAndNumbersHaveARange) {
  SourceOptions options = write(
      "f['images'] = n.ones((4,2,2), 'u1'); f['labels'] = [b'a ', b'a', b'nan', b'b']; "
      "f['ages'] = [1., 200., -3., 40.]");
  auto source = open_source(options);
  EXPECT_THAT(source->classes(), ElementsAre("a", "b"));
  EXPECT_THAT(list_faults(*source), ElementsAre("a.h5#2: no label"));
  options.labels_dataset = "ages";
  options.task = LabelTask::regression;
  options.target_min = 0;
  options.target_max = 120;
  EXPECT_THAT(list_faults(*open_source(options)),
              ElementsAre("a.h5#1: target out of range: 200 is more than --target-max 120",
                          "a.h5#2: target out of range: -3 is less than --target-min 0"));
}

TEST_F(ArraySource, LabelsOfEveryTypeOfIntegerStayApart) {
  const std::string images = "f['images'] = n.ones((4,2,2), 'u1'); ";
  const auto classes_of = [&](const std::string& labels) {
    return open_source(write(images + "f['labels'] = " + labels))->classes();
  };
  EXPECT_THAT(
      classes_of("n.array([2**64-1, 2**63, 5, 2**63-1], 'u8')"),
      ElementsAre("18446744073709551615", "5", "9223372036854775807", "9223372036854775808"));
  EXPECT_THAT(classes_of("n.array([1, 0, 1, 0], '>u4')"), ElementsAre("0", "1"));
  EXPECT_THAT(classes_of("n.array([1., 0., 1., 2.], 'f4')"), ElementsAre("0", "1", "2"));
  EXPECT_THAT(classes_of("n.array([True, False, True, True])"), ElementsAre("FALSE", "TRUE"));
  EXPECT_THAT(classes_of("n.array([3, 1, 1, 3], h5py.enum_dtype({'cat': 3, 'dog': 1}, 'i2'))"),
              ElementsAre("cat", "dog"));
  const auto lacking =
      open_source(write(images + "f['labels'] = n.array([1., n.nan, 0., 1.], 'f8')"));
  EXPECT_THAT(list_faults(*lacking), ElementsAre("a.h5#1: no label"));
  expect_error(ExitCode::usage, {"has 0.5 in row 1, which is no class", "--task regression"},
               [&] { classes_of("n.array([1., .5, 0., 1.], 'f8')"); });

  SourceOptions flags = write(images + "f['labels'] = n.eye(4, 2) > 0");
  flags.task = LabelTask::multilabel;
  EXPECT_THAT(list_samples(*open_source(flags)),
              ElementsAre("train: a.h5#0 = 1 0", "train: a.h5#1 = 0 1", "train: a.h5#2 = 0 0",
                          "train: a.h5#3 = 0 0"));
  SourceOptions targets = write(images + "f['labels'] = n.array([1., 1e39, -1e300, 2.], 'f8')");
  targets.task = LabelTask::regression;
  EXPECT_THAT(list_faults(*open_source(targets)),
              ElementsAre("a.h5#1: bad target: not finite, or beyond float32 (3.4e38)",
                          "a.h5#2: bad target: not finite, or beyond float32 (3.4e38)"));
}

TEST_F(ArraySource, WhatWasNotWrittenOrIsElsewhereIsNoBlackImage) {
  const std::string labels = "; f['labels'] = [0, 1] * 5";
  const auto expect = [&](const std::string& lines, const std::vector<std::string>& words) {
    expect_error(ExitCode::data, words, [&] { open_source(write(lines)); });
  };
  expect("d = f.create_dataset('images', (10,4,4), 'u1', chunks=(3,4,2)); d[:6] = 7" + labels,
         {"'images'", "never written in part", "4 of 8 chunks", "from row 6 on"});
  expect(
      "f['images'] = n.ones((10,4,4), 'u1'); "
      "f.create_dataset('labels', (10,), 'i4', chunks=(5,))[:5] = 1",
      {"'labels'", "1 of 2 chunks", "from row 5 on"});
  expect("f['images'] = n.ones((10,4,4), 'u1'); f.create_dataset('labels', (10,), 'i4')",
         {"'labels'", "no row was ever written"});
  expect("f.create_dataset('images', data=n.ones((10,4,4), 'u1'), compression='lzf')" + labels,
         {"the filter 32000 (lzf)", "gzip"});
  expect(
      "f['x'] = n.ones((10,4,4), 'u1'); v = h5py.VirtualLayout((10,4,4), 'u1'); "
      "v[:] = h5py.VirtualSource(f['x']); f.create_virtual_dataset('images', v)" +
          labels,
      {"a view of other files"});
  expect("f.create_dataset('images', (10,4,4), 'u1', external=[('/etc/passwd', 0, 160)])" + labels,
         {"a view of other files"});
  expect("f['images'] = h5py.ExternalLink('b.h5', '/images')" + labels,
         {"'images'", "a link to another file"});
  expect("f.create_group('images')" + labels, {"cannot be opened as a dataset"});
  expect(
      "f['images'] = n.ones((10,4,4), 'u1'); "
      "f.create_dataset('labels', (10, 2**32 + 1), 'u1', chunks=(10, 2**20))[0,0] = 1",
      {"'labels'", "chunks are missing"});
  EXPECT_NO_THROW(open_source(
      write("d = f.create_dataset('images', (10,4,4), 'u1', chunks=(3,4,2)); d[:] = 0" + labels)));
}

TEST_F(ArraySource, EncodedFilesAsVariableLengthOrOpaqueBytes) {
  const std::string labels = "; f['labels'] = [0, 1]";
  for (const std::string images :
       {"d = f.create_dataset('images', (2,), h5py.vlen_dtype(n.uint8)); "
        "d[0], d[1] = [n.frombuffer(x, 'u1') for x in files]",
        "f['images'] = n.array([x.ljust(max(map(len, files)), b'\\0') for x in files], "
        "'S%d' % max(map(len, files))).view('V%d' % max(map(len, files)))"}) {
    const auto source = open_source(write(images + labels));
    std::vector<std::string> bytes;
    scan_source(*source, {.jobs = 2, .progress = {}},
                [&](const PackSource::Split&, const SourceSample& sample) {
                  bytes.emplace_back(reinterpret_cast<const char*>(sample.bytes.data()),
                                     sample.bytes.size());
                });
    EXPECT_EQ(source->encoding(), Encoding::encoded);
    EXPECT_THAT(bytes, ElementsAre(read_text(root_ / "0.png"), read_text(root_ / "1.jpg")));
    EXPECT_THAT(list_faults(*source), ElementsAre());
  }
}

TEST_F(ArraySource, AFewBytesThatUnpackToAMillionImagesTakeNoMemory) {
  expect_error(ExitCode::data, {"a.h5", "claims 1000000 images"}, [&] {
    open_source(
        write("f.create_dataset('images', data=n.zeros((10**6,1,1), 'u1'), chunks=(10**6,1,1), "
              "compression='gzip')"));
  });
}

TEST_F(ArraySource, SplitsByFractionPickTheirRows) {
  SourceOptions options = write(
      "f['images'] = (n.arange(400) // 4).astype('u1').reshape(100,2,2); f['labels'] = "
      "n.arange(100) % 2");
  options.valid_fraction = 0.2;
  int valid = 0;
  scan_source(*open_source(options), {.jobs = 2, .progress = {}},
              [&](const PackSource::Split& split, const SourceSample& sample) {
                valid += split.name == kValidSplit;
                EXPECT_EQ(sample.source,
                          fmt::format("a.h5#{}", std::to_integer<int>(sample.bytes[3])));
                EXPECT_EQ(sample.label, std::to_integer<int>(sample.bytes[0]) % 2);
              });
  EXPECT_EQ(valid, 20);
}

TEST_F(ArraySource, WhatDoesNotFitIsExplained) {
  const auto expect = [&](const SourceOptions& options, const std::vector<std::string>& words,
                          ExitCode code = ExitCode::data) {
    expect_error(code, words, [&] { open_source(options); });
  };
  expect(write("f['pictures'] = n.zeros((2,3,3), 'u1')"),
         {"no dataset 'images'", "--images-dataset", "pictures"});
  expect(write("f['images'] = n.zeros((2,3,3), 'u1')"), {"no dataset 'labels'", "--unlabelled"});
  expect(write("f['images'] = n.zeros((2,3,8,8), 'u1')"), {"2 x 3 x 8 x 8", "channels first"});
  expect(write("f['images'] = n.zeros((2,3,3), 'f4')"), {"another type"});
  expect(write("f['images'] = n.zeros((0,3,3), 'u1')"), {"holds no image"});
  expect(write("f.create_dataset('images', (1,9000,9000,3), 'u1', chunks=(1,90,90,3))"),
         {"has a shape, and no row was ever written"});
  expect(write("f['images'] = n.zeros((2,3,3), 'u1'); f['labels'] = [1, 2, 3]"),
         {"one label for each of 2 images"});
  expect(write("f['images'] = n.zeros((2,3,3), 'u1'); f['labels'] = [[1., 2.], [1., 2.]]"),
         {"--task regression"}, ExitCode::usage);
  write_text(root_ / "b.h5", "no HDF5");
  expect(source_at(root_ / "b.h5"), {"cannot read", "b.h5"});
  SourceOptions options = write("f['images'] = n.zeros((2,3,3), 'u1'); f['labels'] = [1, 2]");
  options.label_regex = "(x)";
  expect(options, {"--label-regex does not go with"}, ExitCode::usage);
}

TEST_F(ArraySource, ADamagedFileIsAnErrorAndNoCrash) {
  const SourceOptions options = write(
      "f.create_dataset('images', data=n.arange(72, dtype='u1').reshape(6,3,4), "
      "chunks=(2,3,2), compression='gzip'); f['labels'] = ['a', 'b', 'a', 'b', 'a', 'b']");
  const std::vector<std::string> expected = list_pixels(*open_source(options));
  const std::uint64_t size = std::filesystem::file_size(options.source);
  const std::uint64_t step = std::getenv("LOCKSTEP_TEST_ALL") == nullptr ? 97 : 1;
  int refused = 0;
  for (std::uint64_t at = 0; at < size; at += step) {
    flip_bit(options.source, at);
    try {
      list_pixels(*open_source(options));
    } catch (const Error& error) {
      EXPECT_NE(error.code(), ExitCode::internal) << "byte " << at << ": " << error.what();
      ++refused;
    }
    flip_bit(options.source, at);
  }
  EXPECT_GT(refused, 0);
  EXPECT_EQ(list_pixels(*open_source(options)), expected);
}

}  // namespace
}  // namespace lockstep
