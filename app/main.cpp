#include "app/command_line.h"

int main(int argc, char** argv)
{
    return signalbox::app::runCommandLine(argc, argv);
}
