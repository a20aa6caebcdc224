#pragma once

namespace signalbox::app {

/// Exit codes of the contract.
inline constexpr int kDone = 0;
inline constexpr int kInvalidInput = 1;
inline constexpr int kWrongUsage = 2;
inline constexpr int kExpectationMissed = 3;

/// Parses the arguments, runs one command or the window, and answers the exit code.
int runCommandLine(int argc, char** argv);

}  // namespace signalbox::app
