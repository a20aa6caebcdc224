#pragma once

#include <cstdint>

namespace signalbox {

/// xoshiro256** seeded through splitmix64 (Blackman and Vigna, public domain algorithm description).
/// Small, fast, and the same sequence on every platform, so that a run can be replayed from its seed.
/// Satisfies UniformRandomBitGenerator, but use the members below: std distributions differ between libraries.
class Rng {
public:
    using result_type = std::uint64_t;

    explicit Rng(std::uint64_t seed = 1) noexcept { reseed(seed); }
    void reseed(std::uint64_t seed) noexcept;
    /// A generator seeded from the operating system.
    static Rng fromSystem();

    static constexpr result_type min() noexcept { return 0; }
    static constexpr result_type max() noexcept { return ~result_type{0}; }
    result_type operator()() noexcept;

    /// Uniform in [0, bound), without modulo bias (Lemire's method). bound 0 gives 0.
    std::uint64_t below(std::uint64_t bound) noexcept;
    /// Uniform in [0, 1) with 53 bits.
    double unit() noexcept { return static_cast<double>((*this)() >> 11) * 0x1.0p-53; }
    /// Exponential with mean 1. Never zero, never infinite.
    double exponential() noexcept;
    /// Standard normal (Box-Muller, one value a call: no hidden state).
    double normal() noexcept;

private:
    std::uint64_t m_state[4];
};

/// splitmix64's finaliser: a cheap, well-mixed 64-bit hash of an integer.
[[nodiscard]] std::uint64_t mix64(std::uint64_t value) noexcept;

}  // namespace signalbox
