#include <cstdlib>
#include <cstring>
#include <memory>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include "core/http/char_class.h"
#include "core/policy/digest.h"
#include "core/policy/policy.h"

namespace signalbox::policy {

std::array<unsigned char, 32> sha256(std::string_view text) noexcept
{
    struct Free {
        void operator()(EVP_MD* digest) const noexcept { EVP_MD_free(digest); }
        void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
    };
    // Fetched once: OpenSSL's one-shot calls take a lock to look the algorithm up each time.
    static const std::unique_ptr<EVP_MD, Free> algorithm(EVP_MD_fetch(nullptr, "SHA256", nullptr));
    thread_local const std::unique_ptr<EVP_MD_CTX, Free> context(EVP_MD_CTX_new());
    std::array<unsigned char, 32> out{};
    EVP_DigestInit_ex2(context.get(), algorithm.get(), nullptr);
    EVP_DigestUpdate(context.get(), text.data(), text.size());
    EVP_DigestFinal_ex(context.get(), out.data(), nullptr);
    return out;
}

std::array<unsigned char, 32> hmacSha256(std::string_view key, std::string_view text) noexcept
{
    std::array<unsigned char, 32> out{};
    unsigned int size = 0;
    HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(text.data()),
         text.size(), out.data(), &size);
    return out;
}

std::string newSecret()
{
    std::string out(32, '\0');
    if (RAND_bytes(reinterpret_cast<unsigned char*>(out.data()), static_cast<int>(out.size())) != 1) {
        std::abort();  // a secret that can be guessed is worse than none
    }
    return out;
}

std::size_t ConsumerTable::FirstBytes::operator()(const Digest& digest) const noexcept
{
    std::size_t out = 0;
    std::memcpy(&out, digest.data(), sizeof out);
    return out;
}

ConsumerTable::ConsumerTable(std::vector<Entry> entries) : m_entries(std::move(entries))
{
    for (std::uint32_t at = 0; at < m_entries.size(); ++at) {
        Entry& entry = m_entries[at];
        entry.consumer.id = at;
        for (const std::string& key : entry.keys) {
            m_byKeyHash.try_emplace(sha256(key), at);
        }
        if (entry.basicUser.empty() || entry.basicPasswordSha256.size() != 64) {
            continue;
        }
        BasicUser user{at, {}};
        for (std::size_t byte = 0; byte < user.password.size(); ++byte) {
            const int high = http::hexValue(entry.basicPasswordSha256[2 * byte]);
            const int low = http::hexValue(entry.basicPasswordSha256[2 * byte + 1]);
            user.password[byte] = static_cast<unsigned char>(high * 16 + low);
        }
        if (http::allClass(entry.basicPasswordSha256, http::kHexDigit)) {
            m_byUser.try_emplace(entry.basicUser, user);
        }
    }
}

const Consumer* ConsumerTable::byKey(std::string_view key) const noexcept
{
    const auto found = m_byKeyHash.find(sha256(key));
    return found == m_byKeyHash.end() ? nullptr : &m_entries[found->second].consumer;
}

const Consumer* ConsumerTable::byBasic(std::string_view user, std::string_view password) const
{
    // An unknown user costs the same hash and comparison as a known one.
    static constexpr BasicUser kNobody{};
    const auto found = m_byUser.find(user);
    const BasicUser& candidate = found == m_byUser.end() ? kNobody : found->second;
    const Digest digest = sha256(password);
    const bool equal = CRYPTO_memcmp(digest.data(), candidate.password.data(), digest.size()) == 0;
    return equal && found != m_byUser.end() ? &m_entries[candidate.entry].consumer : nullptr;
}

}  // namespace signalbox::policy
