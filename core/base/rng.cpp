#include "core/base/rng.h"

#include <bit>
#include <cmath>
#include <numbers>
#include <random>

namespace signalbox {

namespace {
constexpr std::uint64_t kGolden = 0x9E3779B97F4A7C15ull;
}

std::uint64_t mix64(std::uint64_t value) noexcept
{
    value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9ull;
    value = (value ^ (value >> 27)) * 0x94D049BB133111EBull;
    return value ^ (value >> 31);
}

void Rng::reseed(std::uint64_t seed) noexcept
{
    for (auto& word : m_state) {
        seed += kGolden;
        word = mix64(seed);
    }
}

Rng Rng::fromSystem()
{
    std::random_device device;
    return Rng((static_cast<std::uint64_t>(device()) << 32) | device());
}

Rng::result_type Rng::operator()() noexcept
{
    const std::uint64_t result = std::rotl(m_state[1] * 5, 7) * 9;
    const std::uint64_t shifted = m_state[1] << 17;
    m_state[2] ^= m_state[0];
    m_state[3] ^= m_state[1];
    m_state[1] ^= m_state[2];
    m_state[0] ^= m_state[3];
    m_state[2] ^= shifted;
    m_state[3] = std::rotl(m_state[3], 45);
    return result;
}

std::uint64_t Rng::below(std::uint64_t bound) noexcept
{
    __extension__ using Wide = unsigned __int128;
    Wide product = static_cast<Wide>((*this)()) * bound;
    auto low = static_cast<std::uint64_t>(product);
    if (low < bound) {
        const std::uint64_t threshold = (0 - bound) % bound;
        while (low < threshold) {
            product = static_cast<Wide>((*this)()) * bound;
            low = static_cast<std::uint64_t>(product);
        }
    }
    return static_cast<std::uint64_t>(product >> 64);
}

double Rng::exponential() noexcept
{
    return -std::log1p(-unit());
}

double Rng::normal() noexcept
{
    const double radius = std::sqrt(2.0 * exponential());
    return radius * std::cos(2.0 * std::numbers::pi * unit());
}

}  // namespace signalbox
