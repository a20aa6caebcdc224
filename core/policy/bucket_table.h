#pragma once

#include <array>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "core/policy/gcra.h"

namespace signalbox::policy {

/// Token buckets by key, shared by all workers. Any thread. A key's bucket is changed under its shard's lock, held for
/// some tens of nanoseconds, so what passes is exact whichever workers ask. Memory is bounded: a full shard gives up
/// the fullest of a few buckets, and a bucket that is full again is the same as none.
class BucketTable {
public:
    static constexpr std::size_t kShards = 32;
    static constexpr std::size_t kMostPerShard = 2048;
    static constexpr std::size_t kMostKey = 64;  ///< bytes; longer keys must be hashed by the caller

    TokenBucket::Outcome take(std::string_view key, const TokenBucket::Limit& limit, TimePoint now);
    /// Keys held at present.
    [[nodiscard]] std::size_t size() const;

private:
    struct TextHash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>{}(text); }
    };
    struct alignas(64) Shard {
        mutable std::mutex mutex;
        std::unordered_map<std::string, TokenBucket, TextHash, std::equal_to<>> buckets;
        std::size_t cursor = 0;  ///< where the search for one to give up goes on
    };
    static void makeRoom(Shard& shard, TimePoint now);

    std::array<Shard, kShards> m_shards;
};

}  // namespace signalbox::policy
