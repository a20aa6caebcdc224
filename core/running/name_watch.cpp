#include "core/running/name_watch.h"

#include <algorithm>
#include <pthread.h>
#include <thread>

#include "core/base/log.h"

namespace signalbox::running {
namespace {

constexpr std::size_t kThreads = 4;  // look-ups at the same time: one dead name server must not hold up all names
constexpr TimePoint kNever{INT64_MAX};
constexpr auto kExitPatience = std::chrono::milliseconds(200);

struct Entry {
    Duration period{};
    TimePoint next{};
    bool busy = false;
    bool looked = false;     // at least once, well or not
    bool announced = false;  // whoever wants the name has read what was known
    bool failing = false;
    Endpoint address;  // family None: none yet
};

TimePoint after(TimePoint now, Duration period) noexcept
{
    return period > Duration::zero() ? now + period : kNever;
}

}  // namespace

struct NameWatch::Shared {
    std::shared_ptr<net::Resolver> resolver;
    std::function<void()> onChange;
    std::mutex mutex;
    std::condition_variable work;
    std::condition_variable changed;
    std::map<std::string, Entry, std::less<>> names;
    std::size_t threads = 0;
    std::size_t callbacks = 0;
    bool stop = false;

    void run();
    bool take(const std::string& host, const Result<std::vector<Endpoint>>& found);
    [[nodiscard]] std::map<std::string, Entry, std::less<>>::iterator nextDue() noexcept;
};

std::map<std::string, Entry, std::less<>>::iterator NameWatch::Shared::nextDue() noexcept
{
    auto best = names.end();
    for (auto at = names.begin(); at != names.end(); ++at) {
        if (!at->second.busy && (best == names.end() || at->second.next < best->second.next)) {
            best = at;
        }
    }
    return best;
}

/// True where whoever uses the addresses must hear of it.
bool NameWatch::Shared::take(const std::string& host, const Result<std::vector<Endpoint>>& found)
{
    const auto at = names.find(host);
    if (at == names.end()) {
        return false;
    }
    Entry& entry = at->second;
    entry.busy = false;
    entry.looked = true;
    entry.next = after(SystemClock::instance().now(), entry.period);
    if (!found) {
        if (!entry.failing) {
            const bool known = entry.address.family() != Endpoint::Family::None;
            log::warning(found.error().detail + (known ? "; the last address stays, " + entry.address.host() : ""));
        }
        entry.failing = true;
        return false;
    }
    if (entry.failing) {
        log::info("'" + host + "' is found again");
    }
    entry.failing = false;
    if (std::ranges::find(*found, entry.address) != found->end()) {
        return false;
    }
    if (entry.announced) {
        log::info("'" + host + "' is now " + found->front().host());
    }
    entry.address = found->front();
    return entry.announced;
}

void NameWatch::Shared::run()
{
    ::pthread_setname_np(::pthread_self(), "resolver");
    std::unique_lock lock(mutex);
    while (!stop) {
        const auto due = nextDue();
        const TimePoint now = SystemClock::instance().now();
        if (due == names.end() || due->second.next == kNever) {
            work.wait(lock);
            continue;
        }
        if (due->second.next > now) {
            work.wait_for(lock, due->second.next - now);
            continue;
        }
        due->second.busy = true;
        const std::string host = due->first;
        lock.unlock();
        const auto found = resolver->resolve(host);
        lock.lock();
        const bool tell = take(host, found) && !stop;
        changed.notify_all();
        if (tell) {
            ++callbacks;
            lock.unlock();
            onChange();
            lock.lock();
            --callbacks;
            changed.notify_all();
        }
    }
    --threads;
    changed.notify_all();
}

NameWatch::NameWatch(std::shared_ptr<net::Resolver> resolver, std::function<void()> onChange)
    : m_shared(std::make_shared<Shared>())
{
    m_shared->resolver = std::move(resolver);
    m_shared->onChange = std::move(onChange);
}

NameWatch::~NameWatch()
{
    std::unique_lock lock(m_shared->mutex);
    m_shared->stop = true;
    m_shared->work.notify_all();
    m_shared->changed.wait(lock, [this] { return m_shared->callbacks == 0; });
    m_shared->changed.wait_for(lock, kExitPatience, [this] { return m_shared->threads == 0; });
}

void NameWatch::want(const std::map<std::string, Duration>& periods, Duration limit)
{
    Shared& shared = *m_shared;
    std::unique_lock lock(shared.mutex);
    std::erase_if(shared.names, [&](const auto& known) { return !periods.contains(known.first); });
    const TimePoint now = SystemClock::instance().now();
    for (const auto& [host, period] : periods) {
        Entry& entry = shared.names[host];
        entry.period = period;
        entry.next = entry.looked ? std::min(entry.next, after(now, period)) : now;
    }
    while (shared.threads < std::min(kThreads, periods.size())) {
        ++shared.threads;
        std::thread([keep = m_shared] { keep->run(); }).detach();
    }
    shared.work.notify_all();
    shared.changed.wait_for(lock, limit, [&] {
        return std::ranges::all_of(shared.names, [](const auto& known) { return known.second.looked; });
    });
    for (auto& [host, entry] : shared.names) {
        entry.announced = true;
    }
}

NameWatch::Addresses NameWatch::addresses() const
{
    const std::lock_guard lock(m_shared->mutex);
    Addresses out;
    for (const auto& [host, entry] : m_shared->names) {
        if (entry.address.family() != Endpoint::Family::None) {
            out.emplace(host, entry.address);
        }
    }
    return out;
}

}  // namespace signalbox::running
