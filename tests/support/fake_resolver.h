#pragma once

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "core/net/resolver.h"

namespace signalbox::test {

/// A resolver that answers what the test says; names it does not know fail, names told to hang wait until released.
class FakeResolver final : public net::Resolver {
public:
    void set(const std::string& host, std::vector<std::string> addresses)
    {
        const std::lock_guard lock(m_mutex);
        m_answers[host] = std::move(addresses);
    }
    void hang(const std::string& host)
    {
        const std::lock_guard lock(m_mutex);
        m_hanging = host;
    }
    void release()
    {
        const std::lock_guard lock(m_mutex);
        m_hanging.clear();
        m_released.notify_all();
    }
    [[nodiscard]] int asked(const std::string& host)
    {
        const std::lock_guard lock(m_mutex);
        return m_asked[host];
    }

    Result<std::vector<Endpoint>> resolve(const std::string& host) override
    {
        std::unique_lock lock(m_mutex);
        ++m_asked[host];
        m_released.wait(lock, [&] { return m_hanging != host; });
        std::vector<Endpoint> out;
        for (const auto& address : m_answers[host]) {
            out.push_back(*Endpoint::parse(address + ":0"));
        }
        if (out.empty()) {
            return fail({ErrorCode::NotFound, ErrorOrigin::Us, true, "cannot look up '" + host + "': unknown"});
        }
        return out;
    }

private:
    std::mutex m_mutex;
    std::condition_variable m_released;
    std::string m_hanging;
    std::map<std::string, std::vector<std::string>> m_answers;
    std::map<std::string, int> m_asked;
};

}  // namespace signalbox::test
