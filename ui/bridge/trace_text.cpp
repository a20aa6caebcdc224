#include "ui/bridge/trace_text.h"

#include "core/proxy/explain.h"

namespace signalbox::ui {

namespace {

using stats::DecisionTrace;
using stats::Outcome;
using stats::PolicyVerdict;

const stats::PolicyStep* refusal(const DecisionTrace& trace, int* position)
{
    *position = 0;
    for (const auto& step : trace.policies) {
        ++*position;
        if (step.verdict == PolicyVerdict::Refused) {
            return &step;
        }
    }
    return nullptr;
}

QString refusalText(const DecisionTrace& trace)
{
    int position = 0;
    const auto* step = refusal(trace, &position);
    if (step == nullptr) {
        return QStringLiteral("Policy %1 refused it with %2. It never reached a backend.")
            .arg(text(trace.refusedBy.view()))
            .arg(trace.status);
    }
    QString out = QStringLiteral("Policy %1 (%2 of %3 that were asked) refused it with %4")
                      .arg(text(step->policy.view()))
                      .arg(position)
                      .arg(trace.policies.size())
                      .arg(trace.status);
    if (!step->why.view().empty()) {
        out += QStringLiteral(": ") + text(step->why.view());
    }
    return out + QStringLiteral(". It never reached a backend.");
}

QString choiceText(const DecisionTrace& trace)
{
    if (trace.backend.view().empty() && trace.tries.size() == 0) {
        return {};
    }
    QString out;
    const QString algorithm = text(trace.algorithm.view());
    const stats::Candidate* chosen = nullptr;
    const stats::Candidate* other = nullptr;
    for (const auto& candidate : trace.candidates) {
        if (candidate.state == stats::CandidateState::Chosen) {
            chosen = &candidate;
        } else if (candidate.state == stats::CandidateState::Usable &&
                   (other == nullptr || candidate.active < other->active)) {
            other = &candidate;
        }
    }
    if (chosen != nullptr && !algorithm.isEmpty()) {
        out = QStringLiteral(" In pool %1, %2 chose %3 (%4 active)")
                  .arg(text(trace.pool.view()), algorithm, text(chosen->backend.view()))
                  .arg(chosen->active);
        if (other != nullptr) {
            out += QStringLiteral("; %1 had %2").arg(text(other->backend.view())).arg(other->active);
        }
        out += QLatin1Char('.');
        if (chosen->share < 100) {
            out += QStringLiteral(" %1 is in its slow start, at %2 % of its weight.")
                       .arg(text(chosen->backend.view()))
                       .arg(chosen->share);
        }
        if (trace.panic) {
            out += QStringLiteral(" The pool was in panic mode: so few backends were healthy that all were used.");
        }
    } else if (!trace.backend.view().empty()) {
        out = QStringLiteral(" Backend %1 of pool %2 served it.")
                  .arg(text(trace.backend.view()), text(trace.pool.view()));
    }
    return out;
}

QString endText(const DecisionTrace& trace)
{
    const QString detail =
        trace.detail.view().empty() ? QString() : QStringLiteral(" (%1)").arg(text(trace.detail.view()));
    const QString route = trace.route.view().empty() ? QStringLiteral("listener %1").arg(text(trace.listener.view()))
                                                     : QStringLiteral("route %1").arg(text(trace.route.view()));
    const QString total = shortDuration(trace.totalNs);
    switch (trace.outcome) {
        case Outcome::Ok: return QStringLiteral("Answered %1 after %2 by %3.").arg(trace.status).arg(total, route);
        case Outcome::Rejected:
        case Outcome::RateLimited: return refusalText(trace);
        case Outcome::NoRoute:
            return QStringLiteral("No route of listener %1 takes it%2.").arg(text(trace.listener.view()), detail);
        case Outcome::NoBackend:
            return QStringLiteral("Pool %1 had no usable backend%2, so it was answered %3.")
                .arg(text(trace.pool.view()), detail)
                .arg(trace.status);
        case Outcome::BackendError:
            return QStringLiteral("Backend %1 itself answered %2 after %3.")
                .arg(text(trace.backend.view()))
                .arg(trace.status)
                .arg(total);
        case Outcome::BadGateway:
            return QStringLiteral("No backend gave an answer that could be passed on%1.").arg(detail);
        case Outcome::Timeout: return QStringLiteral("The time-out ended it after %1%2.").arg(total, detail);
        case Outcome::BadRequest:
            return QStringLiteral("The request itself was refused with %1%2.").arg(trace.status).arg(detail);
        case Outcome::ClientAborted: return QStringLiteral("The client went away after %1.").arg(total);
    }
    return {};
}

}  // namespace

QString text(std::string_view view)
{
    return QString::fromUtf8(view.data(), static_cast<qsizetype>(view.size()));
}

QString whyText(const stats::DecisionTrace& trace)
{
    QString out = endText(trace) + choiceText(trace);
    if (trace.attempts > 1) {
        out += QStringLiteral(" It took %1 tries.").arg(trace.attempts);
    }
    return out;
}

QStringList stepsOf(const stats::DecisionTrace& trace)
{
    QStringList out;
    const QStringList lines = QString::fromStdString(proxy::describe(trace)).split(u'\n', Qt::SkipEmptyParts);
    for (const QString& line : lines) {
        out << line.trimmed();
    }
    return out;
}

QString outcomeWord(stats::Outcome outcome)
{
    switch (outcome) {
        case Outcome::Ok: return QStringLiteral("ok");
        case Outcome::Rejected: return QStringLiteral("refused");
        case Outcome::RateLimited: return QStringLiteral("rate limited");
        case Outcome::NoRoute: return QStringLiteral("no route");
        case Outcome::NoBackend: return QStringLiteral("no backend");
        case Outcome::BackendError: return QStringLiteral("backend error");
        case Outcome::BadGateway: return QStringLiteral("bad gateway");
        case Outcome::Timeout: return QStringLiteral("time-out");
        case Outcome::BadRequest: return QStringLiteral("bad request");
        case Outcome::ClientAborted: return QStringLiteral("client left");
    }
    return {};
}

QString outcomeIcon(stats::Outcome outcome)
{
    switch (outcome) {
        case Outcome::Ok: return QStringLiteral("check");
        case Outcome::Rejected: return QStringLiteral("shield");
        case Outcome::RateLimited: return QStringLiteral("ban");
        case Outcome::NoRoute: return QStringLiteral("route");
        case Outcome::NoBackend:
        case Outcome::BackendError:
        case Outcome::BadGateway: return QStringLiteral("error");
        case Outcome::Timeout: return QStringLiteral("clock");
        case Outcome::BadRequest: return QStringLiteral("warning");
        case Outcome::ClientAborted: return QStringLiteral("user");
    }
    return {};
}

QString shortDuration(std::int64_t ns)
{
    const double us = static_cast<double>(ns) / 1e3;
    if (us < 1000) {
        return QStringLiteral("%1 us").arg(us, 0, 'f', 0);
    }
    if (us < 1e6) {
        return QStringLiteral("%1 ms").arg(us / 1e3, 0, 'f', us < 1e5 ? 1 : 0);
    }
    return QStringLiteral("%1 s").arg(us / 1e6, 0, 'f', 2);
}

}  // namespace signalbox::ui
