// TensorBoard's own reader reads our event files.

#include <limits>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/storage/new_file.h"
#include "launcher/tensorboard/event_file.h"
#include "launcher/tensorboard/event_record.h"
#include "tests/python.h"
#include "tests/temporary_directory.h"

namespace lockstep {
namespace {

constexpr const char* kRead = R"(
import sys
from tensorboard.backend.event_processing import plugin_event_accumulator
from tensorboard.plugins.hparams import plugin_data_pb2
from tensorboard.util import tb_logging, tensor_util
tb_logging.get_logger().setLevel("ERROR")
events = plugin_event_accumulator.EventAccumulator(sys.argv[1], {"tensors": 0}).Reload()
for tag in sorted(events.Tags()["tensors"]):
    for event in events.Tensors(tag):
        value = tensor_util.make_ndarray(event.tensor_proto)
        print(tag, event.wall_time, event.step, value.tolist())
for plugin in sorted(events.ActivePlugins()):
    print(plugin, *sorted(events.PluginTagToContent(plugin)))
for content in events.PluginTagToContent("hparams").values() if "hparams" in events.ActivePlugins() else ():
    start = plugin_data_pb2.HParamsPluginData.FromString(content).session_start_info
    print(start.group_name, start.start_time_secs)
    for name in sorted(start.hparams):
        value = start.hparams[name]
        print(name, value.WhichOneof("kind"), getattr(value, value.WhichOneof("kind")))
)";

class TensorBoard : public testing::Test {
 protected:
  void SetUp() override {
    if (const std::string lacks = python_lacks({"tensorboard"}); !lacks.empty()) {
      GTEST_SKIP() << lacks;
    }
  }
  std::string read() const {
    const PythonResult result = run_python(kRead, {directory_.path().string()});
    EXPECT_EQ(result.exit_code, 0) << result.output;
    return result.output;
  }

  TemporaryDirectory directory_;
};

TEST_F(TensorBoard, ReadsEveryKindOfEvent) {
  const std::string png = "\x89PNG";
  const std::vector<std::pair<std::string, std::string>> values = {
      {"a", "0.5"}, {"b", "true"}, {"c", "sgd"}, {"d", "[1, 2]"}, {"e", ".inf"}, {"f", "x\x1b["}};
  EventFile file(directory_.path(),
                 version_record(1) + session_start_record({1, 0}) +
                     hparams_record({1, 0}, "runs/a", values) +
                     image_record({1, 0}, {.tag = "pictures",
                                           .height = 2,
                                           .width = 3,
                                           .channels = 3,
                                           .png = std::as_bytes(std::span(png))}));
  const double nan = std::numeric_limits<double>::quiet_NaN();
  file.append(scalars_record({2.25, 1}, std::vector<EventScalar>{{"loss", 0.5}, {"lr", nan}}));
  file.append(scalars_record({3.5, 1000000}, std::vector<EventScalar>{{"loss", -0.25}}));
  EXPECT_EQ(read(),
            "_hparams_/session_start_info 1.0 0 []\n"
            "loss 2.25 1 0.5\n"
            "loss 3.5 1000000 -0.25\n"
            "lr 2.25 1 nan\n"
            "pictures 1.0 0 [b'3', b'2', b'\\x89PNG']\n"
            "hparams _hparams_/session_start_info\n"
            "images pictures\n"
            "scalars loss lr\n"
            "runs/a 1.0\n"
            "a number_value 0.5\n"
            "b bool_value True\n"
            "c string_value sgd\n"
            "d string_value [1, 2]\n"
            "e string_value .inf\n"
            "f string_value x\\u001b[\n");
}

TEST_F(TensorBoard, ForgetsWhatAnEarlierFileHad) {
  const auto one = [](std::int64_t step, double value) {
    return scalars_record({1, step}, std::vector<EventScalar>{{"loss", value}});
  };
  // As if the old file's removal had not come about, or it had been read before.
  write_file(directory_ / "events.out.tfevents.0000000001.lockstep.old",
             version_record(1) + session_start_record({1, 0}) + one(1, 1) + one(2, 2) + one(3, 3));
  EventFile(directory_.path(),
            version_record(1) + session_start_record({1, 0}) + one(1, 1) + one(2, -2));
  EXPECT_EQ(read(), "loss 1.0 1 1.0\nloss 1.0 2 -2.0\nscalars loss\n");
}

}  // namespace
}  // namespace lockstep
