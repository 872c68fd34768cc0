// What is made of the text of --help: pages of the manual, and completion in shells.

#include <array>
#include <cstdio>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include "core/file.h"
#include "launcher/command_line.h"
#include "launcher/manual/man_page.h"
#include "tests/message_of.h"
#include "tests/temporary_directory.h"

namespace lockstep {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsSupersetOf;
using testing::Not;

std::string text_of(std::vector<std::string> words) {
  return std::get<PrintText>(parse_command_line(words)).text;
}

/// What a command of the shell prints, stdout and stderr together.
std::string output_of(const std::string& command) {
  FILE* pipe = ::popen(("{ " + command + "\n} 2>&1").c_str(), "r");
  std::string output;
  std::array<char, 4096> buffer;
  while (const std::size_t got = std::fread(buffer.data(), 1, buffer.size(), pipe)) {
    output.append(buffer.data(), got);
  }
  ::pclose(pipe);
  return output;
}

bool is_installed(const std::string& program) {
  return !output_of("command -v " + program).empty();
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

/// The commands that --help lists.
std::vector<std::string> commands() {
  std::vector<std::string> names;
  bool is_list = false;
  for (const std::string& line : lines_of(text_of({"--help"}))) {
    if (is_list && line.empty()) break;
    if (is_list) names.push_back(line.substr(2, line.find(' ', 2) - 2));
    if (line == "Subcommands:") is_list = true;
  }
  return names;
}

TEST(Help, OfEveryCommandHasTwoExamples) {
  ASSERT_THAT(commands(), IsSupersetOf({"pack", "train", "log", "models"}));
  std::vector<std::string> all = commands();
  all.insert(all.end(), {"completion", "man"});
  for (const std::string& name : all) {
    const std::string help = text_of({name, "--help"});
    const std::size_t begin = help.find("\nExamples:\n");
    ASSERT_NE(begin, std::string::npos) << name;
    int examples = 0;
    for (const std::string& line : lines_of(help.substr(begin))) {
      examples += line.find("lockstep " + name) != std::string::npos ? 1 : 0;
    }
    EXPECT_GE(examples, 2) << name;
  }
}

void write_pages(const std::filesystem::path& directory) {
  const std::vector<std::string> words = {"man", "--all", directory.string()};
  const auto command = std::get<WriteManual>(parse_command_line(words));
  write_man_pages(command.helps, command.directory, LOCKSTEP_VERSION);
}

TEST(Man, HasAPageOfEveryCommandAndOfTheProgram) {
  const TemporaryDirectory directory;
  write_pages(directory / "man1");
  const auto page = [&](const std::string& name) {
    return read_file(directory / "man1" / name, ExitCode::storage);
  };
  EXPECT_THAT(page("lockstep.1"), AllOf(HasSubstr("lockstep\\-log"), HasSubstr("Exit codes")));
  EXPECT_THAT(page("lockstep.1"), Not(HasSubstr("lockstep\\-man")));
  for (const std::string& name : commands()) {
    EXPECT_EQ(page("lockstep-" + name + ".1"), text_of({"man", name}));
  }
  EXPECT_EQ(page("lockstep.1"), text_of({"man"}));
  EXPECT_THAT(message_of(ExitCode::usage,
                         [] {
                           text_of({"man", "trian"});
                         }),
              HasSubstr("did you mean 'train'?"));
}

TEST(Man, IsSetWithoutAWarningAndSaysWhatHelpSays) {
  if (!is_installed("groff")) GTEST_SKIP() << "groff is not installed";
  const TemporaryDirectory directory;
  write_pages(directory.path());
  const std::string pages = (directory / "*.1").string();
  EXPECT_EQ(
      output_of("for page in " + pages + "; do groff -man -ww -Tutf8 \"$page\" >/dev/null; done"),
      "");
  const auto set = [&](const std::string& name) {
    return output_of("groff -man -Tutf8 -P-c -P-b -P-o -P-u -rLL=200n " +
                     (directory / (name + ".1")).string());
  };
  EXPECT_THAT(set("lockstep-train"),
              AllOf(HasSubstr("-n, --ranks RANKS\n"),
                    HasSubstr("lockstep train [OPTIONS] CONFIG|RUN [key=value...]"),
                    HasSubstr("PATH: go back to this checkpoint"), HasSubstr("train.epochs=3"),
                    HasSubstr("  lockstep train runs/fashion-mnist    ")));
  EXPECT_THAT(set("lockstep-pack"),
              AllOf(HasSubstr(R"('^(.+)_\d+\.jpg$')"), HasSubstr("seg_test/ …)")));
}

/// What bash offers for the last of `words`.
std::vector<std::string> offered(const std::vector<std::string>& words) {
  const TemporaryDirectory directory;
  replace_file(directory / "completion", text_of({"completion", "bash"}));
  std::string line;
  for (const std::string& word : words) line += "'" + word + "' ";
  replace_file(directory / "try", "source '" + (directory / "completion").string() +
                                      "'\ncompopt() { :; }\nCOMP_WORDS=(" + line +
                                      ")\nCOMP_CWORD=" + std::to_string(words.size() - 1) +
                                      "\n_lockstep\nprintf '%s\\n' \"${COMPREPLY[@]}\"\n");
  return lines_of(output_of("bash -u " + (directory / "try").string()));
}

TEST(Completion, InBashOffersCommandsOptionsValuesAndKeys) {
  if (!is_installed("bash")) GTEST_SKIP() << "bash is not installed";
  EXPECT_THAT(offered({"lockstep", "st"}), ElementsAre("status", "stop"));
  EXPECT_THAT(offered({"lockstep", ""}), IsSupersetOf(commands()));
  EXPECT_THAT(offered({"lockstep", "--v"}), ElementsAre("--version"));
  EXPECT_THAT(offered({"lockstep", "train", "c.yaml", "--res"}), ElementsAre("--resume"));
  EXPECT_THAT(offered({"lockstep", "train", "c.yaml", "--resume", ""}),
              ElementsAre("auto", "never"));
  EXPECT_THAT(offered({"lockstep", "train", "--resume", "=", "n"}), ElementsAre("never"));
  EXPECT_THAT(offered({"lockstep", "train", "--resume", "="}), ElementsAre("auto", "never"));
  EXPECT_THAT(offered({"lockstep", "train", "c.yaml", "log.t"}),
              ElementsAre("log.train_eval=", "log.tensorboard="));
  EXPECT_THAT(offered({"lockstep", "status", "log.t"}), ElementsAre("")) << "names of files";
  EXPECT_THAT(offered({"lockstep", "log", "runs/a", "--"}), Contains("--follow"));
}

/// What zsh makes of `line` when Tab is pressed at its end.
std::string completed(const std::filesystem::path& directory, const std::string& line) {
  replace_file(directory / "_lockstep", text_of({"completion", "zsh"}));
  replace_file(directory / "try", R"(
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell "PS1=; fpath=(${(q)1} \$fpath); autoload -U compinit; compinit -u -D; bindkey '^I' complete-word"
zpty -w shell 'tell() { print -r -- "<$BUFFER>"; BUFFER=; }; zle -N tell; bindkey "^X" tell; print re""ady'
zpty -r shell answer '*ready*'
zpty -n -w shell "$2"$'\t\x18'
zpty -r shell answer '*<*>*'
print -r -- "$answer"
zpty -d shell
)");
  const std::string said = output_of("TERM=dumb timeout 60 zsh -f " + (directory / "try").string() +
                                     " '" + directory.string() + "' '" + line + "'");
  const std::size_t begin = said.rfind('<'), end = said.rfind('>');
  return begin < end ? said.substr(begin + 1, end - begin - 1) : said;
}

TEST(Completion, InZshMakesWholeWords) {
  if (!is_installed("zsh")) GTEST_SKIP() << "zsh is not installed";
  const TemporaryDirectory directory;
  for (const auto& [line, expected] : std::vector<std::pair<std::string, std::string>>{
           {"lockstep sto", "lockstep stop "},
           {"lockstep --ver", "lockstep --version "},
           {"lockstep train c.yaml --resu", "lockstep train c.yaml --resume="},
           {"lockstep train --resume=n", "lockstep train --resume=never "},
           {"lockstep train c.yaml log.tens", "lockstep train c.yaml log.tensorboard="},
           {"lockstep status log.tens", "lockstep status log.tens"},
           {"lockstep status " + directory.path().string() + "/_lo",
            "lockstep status " + directory.path().string() + "/_lockstep "}}) {
    EXPECT_EQ(completed(directory.path(), line), expected);
  }
}

TEST(Completion, IsAScriptThatItsShellReads) {
  const TemporaryDirectory directory;
  for (const std::string shell : {"bash", "zsh"}) {
    replace_file(directory / shell, text_of({"completion", shell}));
    if (is_installed(shell)) {
      EXPECT_EQ(output_of(shell + " -n " + (directory / shell).string()), "");
    }
  }
  EXPECT_THAT(text_of({"completion", "zsh"}),
              AllOf(testing::StartsWith("#compdef lockstep\n"), HasSubstr("'status:Tell how far")));
  EXPECT_THAT(message_of(ExitCode::usage,
                         [] {
                           text_of({"completion", "fish"});
                         }),
              HasSubstr("bash, zsh"));
}

}  // namespace
}  // namespace lockstep
