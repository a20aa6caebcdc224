#pragma once

#include <string>
#include <vector>

#include "core/base/clock.h"

namespace signalbox::app {

/// What `signalbox [FILE] ...` was asked for.
struct WindowOptions {
    std::string file;  ///< empty: the welcome page
    std::string mode;  ///< design, run, replay; empty: design, or run with `run`
    bool run = false;
    std::string screenshot;            ///< PNG to write, then end; empty: stay open
    std::string size;                  ///< "1440x900"
    std::string theme;                 ///< light, dark, system; empty: the user's
    double scale = 1;                  ///< device pixels per pixel of a picture
    std::vector<std::string> traffic;  ///< scenarios to start once the site runs
    Duration after{};                  ///< to wait before the picture is taken
};

/// Opens the window and answers the exit code. Without a display a picture is drawn offscreen; a window is not opened
/// then, and standard error says so. A picture uses none of the user's settings.
int runWindow(const WindowOptions& options);

}  // namespace signalbox::app
