#include <iostream>

#include "app/commands/command.h"
#include "core/catalog/builtin_catalog.h"
#include "core/plan/compiler.h"
#include "core/proxy/explain.h"

namespace signalbox::app {

namespace {

struct ExplainArguments {
    std::string file;
    std::string request;
    std::vector<std::string> headers;
    std::string listener;
    std::string client;
    std::uint64_t seed = 1;
};

bool parseRequest(const ExplainArguments& arguments, proxy::ExplainRequest& out)
{
    const std::size_t space = arguments.request.find(' ');
    if (space == std::string::npos) {
        out.target = arguments.request;
    } else {
        out.method = arguments.request.substr(0, space);
        out.target = arguments.request.substr(space + 1);
    }
    if (out.target.empty() || (out.target.front() != '/' && !out.target.starts_with("http://") && out.target != "*")) {
        printError("write the request as 'GET /path': '" + arguments.request + "' has no path");
        return false;
    }
    for (const auto& header : arguments.headers) {
        const std::size_t colon = header.find(':');
        if (colon == std::string::npos || colon == 0) {
            printError("write a header as 'Name: value': '" + header + "' has no name");
            return false;
        }
        const std::size_t value = header.find_first_not_of(" \t", colon + 1);
        out.headers.emplace_back(header.substr(0, colon), value == std::string::npos ? "" : header.substr(value));
    }
    if (!arguments.client.empty()) {
        const auto endpoint = Endpoint::parse(arguments.client.find(':') == std::string::npos
                                                  ? arguments.client + ":40000"
                                                  : "[" + arguments.client + "]:40000");
        if (!endpoint) {
            printError("--client: '" + arguments.client + "' is not a numeric address");
            return false;
        }
        out.client = *endpoint;
    }
    out.listener = arguments.listener;
    return true;
}

int explain(const ExplainArguments& arguments)
{
    proxy::ExplainRequest request;
    if (!parseRequest(arguments, request)) {
        return kWrongUsage;
    }
    const auto site = loadSite(arguments.file);
    if (!site) {
        return kInvalidInput;
    }
    const auto compiled = plan::compile({*site, catalog::builtinCatalog(), nullptr, nullptr, {}});
    if (!compiled.plan) {
        std::cerr << site::format(compiled.problems, arguments.file) << std::flush;
        return kInvalidInput;
    }
    const auto explanation = proxy::explain(*compiled.plan, request, arguments.seed);
    if (!explanation) {
        printError(explanation.error().detail);
        return kInvalidInput;
    }
    std::cout << proxy::describe(explanation->trace);
    if (!explanation->toBackend.empty()) {
        std::cout << "\nThe backend receives\n  " << request.method << ' ' << explanation->pathToBackend << '\n';
        for (const auto& [name, value] : explanation->toBackend) {
            std::cout << "  " << name << ": " << value << '\n';
        }
    }
    std::cout << std::flush;
    return kDone;
}

}  // namespace

void addExplain(CLI::App& parser, int& exitCode)
{
    auto* command = parser.add_subcommand("explain", "Which route, policies and backend a request would meet, and why");
    auto arguments = std::make_shared<ExplainArguments>();
    command->add_option("FILE", arguments->file, "Site file")->required();
    command->add_option("REQUEST", arguments->request, "Method and target: 'GET /user/1'")->required();
    command->add_option("-H,--header", arguments->headers, "A header line: 'X-Api-Key: k'")->allow_extra_args(false);
    command->add_option("--listener", arguments->listener, "Listener that receives it (default: the first)");
    command->add_option("--client", arguments->client, "Client address (default: 127.0.0.1)");
    command->add_option("--seed", arguments->seed, "Seed of random draws")->capture_default_str();
    command->footer("Nothing is sent. Example: signalbox explain site.yaml 'GET /user/1' -H 'X-Api-Key: mobile-key-1'");
    command->callback([arguments, &exitCode] { exitCode = explain(*arguments); });
}

}  // namespace signalbox::app
