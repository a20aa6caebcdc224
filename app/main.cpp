#include "app/command_line.h"
#include "core/net/descriptor_limit.h"

int main(int argc, char** argv)
{
    signalbox::net::raiseDescriptorLimit();
    return signalbox::app::runCommandLine(argc, argv);
}
