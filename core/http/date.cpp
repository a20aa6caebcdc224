#include "core/http/date.h"

#include <chrono>
#include <cstring>

namespace signalbox::http {

namespace {

void writeTwo(char* out, unsigned number) noexcept
{
    out[0] = static_cast<char>('0' + number / 10 % 10);
    out[1] = static_cast<char>('0' + number % 10);
}

}  // namespace

void writeDate(std::int64_t secondsSince1970, char* out) noexcept
{
    constexpr std::string_view kDays = "SunMonTueWedThuFriSat";
    constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
    const std::chrono::sys_seconds moment{std::chrono::seconds(secondsSince1970)};
    const auto day = std::chrono::floor<std::chrono::days>(moment);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss time(moment - day);
    const auto year = static_cast<unsigned>(static_cast<int>(date.year()));
    std::memcpy(out, "Sun, 06 Nov 1994 08:49:37 GMT", kDateSize);
    std::memcpy(out, kDays.data() + 3 * std::chrono::weekday(day).c_encoding(), 3);
    writeTwo(out + 5, static_cast<unsigned>(date.day()));
    std::memcpy(out + 8, kMonths.data() + 3 * (static_cast<unsigned>(date.month()) - 1), 3);
    writeTwo(out + 12, year / 100);
    writeTwo(out + 14, year % 100);
    writeTwo(out + 17, static_cast<unsigned>(time.hours().count()));
    writeTwo(out + 20, static_cast<unsigned>(time.minutes().count()));
    writeTwo(out + 23, static_cast<unsigned>(time.seconds().count()));
}

}  // namespace signalbox::http
