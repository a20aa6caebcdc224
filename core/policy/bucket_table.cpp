#include "core/policy/bucket_table.h"

namespace signalbox::policy {

TokenBucket::Outcome BucketTable::take(std::string_view key, const TokenBucket::Limit& limit, TimePoint now)
{
    // The low bits choose the map's bucket, so the high ones choose the shard.
    Shard& shard = m_shards[(TextHash{}(key) >> 40) % kShards];
    const std::lock_guard lock(shard.mutex);
    auto found = shard.buckets.find(key);
    if (found == shard.buckets.end()) {
        if (shard.buckets.size() >= kMostPerShard) {
            makeRoom(shard, now);
        }
        found = shard.buckets.try_emplace(std::string(key)).first;
    }
    return found->second.take(limit, now);
}

/// Looks at a few entries only, so that a flood of new keys cannot make every request search a whole shard.
void BucketTable::makeRoom(Shard& shard, TimePoint now)
{
    constexpr int kLookedAt = 16;
    auto& buckets = shard.buckets;
    const std::string* best = nullptr;
    std::int64_t bestFull = 0;
    int seen = 0;
    for (std::size_t step = 0; seen < kLookedAt && step < buckets.bucket_count(); ++step) {
        shard.cursor = (shard.cursor + 1) % buckets.bucket_count();
        for (auto it = buckets.begin(shard.cursor); it != buckets.end(shard.cursor); ++it) {
            ++seen;
            if (best == nullptr || it->second.fullAt() < bestFull) {
                best = &it->first;
                bestFull = it->second.fullAt();
            }
        }
        if (best != nullptr && buckets.find(*best)->second.isFull(now)) {
            break;
        }
    }
    if (best != nullptr) {
        buckets.erase(buckets.find(*best));
    }
}

std::size_t BucketTable::size() const
{
    std::size_t out = 0;
    for (const Shard& shard : m_shards) {
        const std::lock_guard lock(shard.mutex);
        out += shard.buckets.size();
    }
    return out;
}

}  // namespace signalbox::policy
