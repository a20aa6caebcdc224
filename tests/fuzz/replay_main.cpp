#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

/// Runs every file of a corpus folder through a fuzz target, so that seeds and past findings stay regression tests in
/// builds without libFuzzer. Exit code 0 when all ran, 1 when there was nothing to run or a file could not be read.
int main(int argc, char** argv)
{
    if (argc != 2) {
        std::fprintf(stderr, "usage: %s CORPUS_FOLDER\n", argv[0]);
        return 2;
    }
    std::vector<std::filesystem::path> files;
    std::error_code failure;
    for (std::filesystem::recursive_directory_iterator it(argv[1], failure), end; !failure && it != end;
         it.increment(failure)) {
        if (it->is_regular_file()) {
            files.push_back(it->path());
        }
    }
    if (failure || files.empty()) {
        std::fprintf(stderr, "%s: no corpus file: %s\n", argv[1], failure ? failure.message().c_str() : "empty folder");
        return 1;
    }
    std::sort(files.begin(), files.end());
    for (const auto& path : files) {
        std::ifstream in(path, std::ios::binary);
        const std::vector<char> bytes{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
        if (!in) {
            std::fprintf(stderr, "%s: cannot be read\n", path.c_str());
            return 1;
        }
        // An exact-size heap block of its own: a read past the end is seen by the address sanitizer.
        const std::vector<std::uint8_t> input(bytes.begin(), bytes.end());
        LLVMFuzzerTestOneInput(input.data(), input.size());
    }
    std::printf("%zu corpus files replayed\n", files.size());
    return 0;
}
