#pragma once

#include <tuple>

#include "launcher/commands/batch_find_command.h"
#include "launcher/commands/doctor_command.h"
#include "launcher/commands/eval_command.h"
#include "launcher/commands/export_command.h"
#include "launcher/commands/features_command.h"
#include "launcher/commands/ladder_command.h"
#include "launcher/commands/lr_find_command.h"
#include "launcher/commands/models_command.h"
#include "launcher/commands/predict_command.h"
#include "launcher/commands/prove_command.h"
#include "launcher/commands/relabel_command.h"
#include "launcher/commands/train_command.h"
#include "launcher/pack_commands/inspect_command.h"
#include "launcher/pack_commands/pack_command.h"
#include "launcher/pack_commands/verify_command.h"
#include "launcher/run_commands/checkpoints_command.h"
#include "launcher/run_commands/log_command.h"
#include "launcher/run_commands/report_command.h"
#include "launcher/run_commands/status_command.h"
#include "launcher/run_commands/stop_command.h"
#include "launcher/run_commands/submit_command.h"

namespace lockstep {

/// Every command, in the order in which `lockstep --help` lists them. A new one is a pair of files
/// and a line here.
using AllCommands =
    std::tuple<PackCommand, InspectCommand, VerifyCommand, DoctorCommand, LadderCommand,
               LrFindCommand, BatchFindCommand, FeaturesCommand, TrainCommand, SubmitCommand,
               StatusCommand, LogCommand, ReportCommand, StopCommand, EvalCommand, PredictCommand,
               RelabelCommand, CheckpointsCommand, ProveCommand, ExportCommand, ModelsCommand>;

}  // namespace lockstep
