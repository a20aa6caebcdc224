#include <array>
#include <cstdio>

#include "core/traffic/report.h"

namespace signalbox::traffic {

namespace {

/// A generator that is later than this at p99 measures itself rather than the target.
constexpr Duration kLate = std::chrono::milliseconds(5);

template <typename... Values>
std::string printed(const char* format, Values... values)
{
    std::array<char, 256> text{};
    std::snprintf(text.data(), text.size(), format, values...);
    return text.data();
}

double milliseconds(Duration value)
{
    return std::chrono::duration<double, std::milli>(value).count();
}

std::string row(const char* title, const stats::Histogram& histogram)
{
    const auto at = [&](double q) { return milliseconds(histogram.quantile(q)); };
    return printed("%-14s %10.2f %10.2f %10.2f %10.2f %10.2f %10.2f\n", title, at(0.5), at(0.9), at(0.99), at(0.999),
                   milliseconds(histogram.max()), milliseconds(histogram.mean()));
}

template <typename Map>
std::string table(const char* title, const Map& counts, std::uint64_t total)
{
    std::string out;
    for (const auto& [key, count] : counts) {
        std::string name;
        if constexpr (std::is_same_v<typename Map::key_type, int>) {
            name = std::to_string(key);
        } else {
            name = key;
        }
        const double share = total ? 100.0 * static_cast<double>(count) / static_cast<double>(total) : 0;
        out += printed("  %-28.28s %10llu  %6.2f %%\n", name.c_str(), static_cast<unsigned long long>(count), share);
    }
    return out.empty() ? out : std::string(title) + "\n" + out;
}

std::string unitOf(const Expectation& expectation, double value)
{
    if (expectation.what == "errors") {
        return printed("%.3f %%", value * 100);
    }
    return expectation.what == "rate" ? printed("%.1f/s", value) : printed("%.2f ms", value);
}

}  // namespace

std::string toText(const Report& report)
{
    std::string out =
        printed("%llu requests in %.2f s, %.1f/s (%llu planned, seed %llu)\n",
                static_cast<unsigned long long>(report.requests), report.durationSeconds,
                report.durationSeconds > 0 ? static_cast<double>(report.requests) / report.durationSeconds : 0,
                static_cast<unsigned long long>(report.planned), static_cast<unsigned long long>(report.seed));
    out +=
        printed("%-14s %10s %10s %10s %10s %10s %10s\n", "milliseconds", "p50", "p90", "p99", "p99.9", "max", "mean");
    out += row("latency", report.latency);
    out += row("service", report.serviceTime);
    out += row("lateness", report.lateness);
    out += table("status", report.status, report.requests);
    out += table("backends", report.backends, report.requests);
    out += table("routes", report.routes, report.requests);
    out += table("rejected by", report.rejected, report.requests);
    out += table("errors", report.errors, report.requests);
    if (report.lateness.quantile(0.99) > kLate) {
        out += printed("warning: the generator was late (p99 %.1f ms): this machine could not send as planned\n",
                       milliseconds(report.lateness.quantile(0.99)));
    }
    if (report.requests < report.planned) {
        out += printed("warning: %llu planned requests were not sent\n",
                       static_cast<unsigned long long>(report.planned - report.requests));
    }
    if (report.skippedLines > 0) {
        out += printed("%llu lines of the trace were skipped:\n", static_cast<unsigned long long>(report.skippedLines));
        for (const std::string& line : report.skipped) {
            out += "  " + line + "\n";
        }
    }
    for (const Report::Missed& missed : report.missed) {
        out += "missed: " + missed.expectation.what + " " + unitOf(missed.expectation, missed.measured) +
               ", expected " + (missed.expectation.what == "rate" ? "at least " : "at most ") +
               missed.expectation.text + "\n";
    }
    return out;
}

}  // namespace signalbox::traffic
