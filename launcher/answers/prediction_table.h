#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "launcher/answers/sample_submission.h"
#include "launcher/answers/table_form.h"
#include "trainer/task/task_spec.h"

namespace lockstep {

/// Predictions as a table, one row a sample. Its usual columns:
/// - classification: id, label, probability, error
/// - multi-label: id, labels (those of at least their threshold, | between), error
/// - regression: id, a column for each number, in its unit, error
/// and behind them, where `probabilities` are wanted, one for each class or label. TableForm asks
/// for others; a sample submission decides all of them. Numbers have as many digits as are needed
/// to get the same float32 back.
///
///     const PredictionTable table(task.spec(), form, TableFormat::csv);
///     write(table.header());
///     write(table.row("a.jpg", answers, ""));
class PredictionTable {
 public:
  /// `sample`, where it is not null, must outlive this. Throws Error(usage) where what is asked for
  /// does not fit the task.
  PredictionTable(TaskSpec spec, const TableForm& form, TableFormat format,
                  const SampleSubmission* sample = nullptr);

  /// Whether all numbers are finite; else a row says that they are not.
  static bool is_answer(std::span<const float> answers);

  /// Empty for JSON.
  std::string header() const;
  /// `answers` [K], those of Task::predict; nothing is said of them where there is an `error`.
  std::string row(std::string_view id, std::span<const float> answers,
                  std::string_view error) const;
  /// Whether there is a sample with rows, which stand in for answers that are missing.
  bool has_sample_rows() const { return sample_ != nullptr && !sample_->ids.empty(); }
  /// A row of the sample as it is there, for want of an answer.
  std::string sample_row(std::size_t row) const;
  /// Whether a row says why it has no answer.
  bool tells_errors() const;

 private:
  enum class Kind { id, labels, probability, output, error };
  struct Column {
    std::string name;
    Kind kind;
    std::size_t output = 0;
    bool nested = false;  ///< in JSON, in the object "probabilities"
  };
  /// A row's answers, in words.
  struct Answer {
    std::span<const float> values;
    std::vector<std::size_t> chosen;  ///< outputs of the labels
  };

  std::vector<Column> usual_columns() const;
  std::vector<Column> columns_of(const SampleSubmission& sample) const;
  Column parse_column(const std::string& text) const;
  void check_form(const TableForm& form, TableFormat format) const;
  void check_names() const;
  std::vector<std::size_t> choose(std::span<const float> answers) const;
  std::string csv_line(const std::vector<std::string>& fields) const;
  std::string csv_field(const Column& column, const Answer& answer) const;
  std::string json_value(const Column& column, const Answer& answer) const;
  std::string csv_row(std::string_view id, const Answer* answer, std::string_view error) const;
  std::string json_row(std::string_view id, const Answer* answer, std::string_view error) const;
  bool has_lists() const { return spec_.kind == TaskKind::multi_label || top_ > 0; }

  TaskSpec spec_;
  TableFormat format_;
  std::size_t top_;
  std::string label_separator_;
  const SampleSubmission* sample_;
  std::vector<Column> columns_;
};

}  // namespace lockstep
