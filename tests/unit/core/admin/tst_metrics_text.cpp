#include <QRegularExpression>
#include <QSet>
#include <QTest>

#include "core/admin/metrics_text.h"

using namespace signalbox;
using namespace signalbox::admin;
using stats::Counter;
using stats::Scope;

namespace {

stats::SlotSnapshot slot(Scope scope, const char* name)
{
    stats::SlotSnapshot out;
    out.scope = scope;
    out.name = name;
    for (std::size_t at = 0; at < stats::kCounters; ++at) {
        out.counters[at] = 10 * (at + 1);
    }
    out.active = 3;
    for (const int milliseconds : {1, 3, 30, 20'000, 90'000}) {
        out.latency.record(std::chrono::milliseconds(milliseconds));
    }
    return out;
}

Status fullStatus()
{
    Status out;
    out.version = "1.2";
    out.reactor = "epoll";
    out.workers = 2;
    out.epoch = 7;
    out.stats.slots = {slot(Scope::Listener, "lb"),
                       slot(Scope::Route, "users"),
                       slot(Scope::Route, "orders"),
                       slot(Scope::Pool, "p"),
                       slot(Scope::Backend, "p/a1"),
                       slot(Scope::Backend, "p/a2"),
                       slot(Scope::Policy, "users/rate-limit"),
                       slot(Scope::Consumer, "mobile")};
    out.stats.status = {{200, 5}, {503, 1}};
    out.backends = {{"p", "a1", "127.0.0.1:1", "127.0.0.1:1", true, false, 0, 1},
                    {"p", "a2", "127.0.0.1:2", "127.0.0.1:2", false, false, 0, 1},
                    {"p", "a3", "127.0.0.1:3", "127.0.0.1:3", true, true, 0, 1},
                    {"p", "a4", "api.internal:80", "", true, false, 0, 1},
                    {"p", "a5", "127.0.0.1:5", "127.0.0.1:5", true, false, 0, 1, true}};
    out.pools = {{"p", "round-robin", true}};
    out.accessLog = {12, 3};
    out.process.cpuSeconds = 1.25;
    out.process.startedAt = 1.7e9;
    return out;
}

/// Every sample of the text by its name and labels as written.
QHash<QString, double> samples(const QString& text)
{
    QHash<QString, double> out;
    for (const auto& line : text.split(u'\n', Qt::SkipEmptyParts)) {
        if (!line.startsWith(u'#')) {
            const auto space = line.lastIndexOf(u' ');
            out.insert(line.left(space), line.mid(space + 1).toDouble());
        }
    }
    return out;
}

QString familyOf(const QString& line, const QHash<QString, QString>& types)
{
    QString name = line.section(u'{', 0, 0).section(u' ', 0, 0);
    for (const auto& suffix : {u"_bucket"_qs, u"_sum"_qs, u"_count"_qs}) {
        if (name.endsWith(suffix) && types.value(name.chopped(suffix.size())) == u"histogram") {
            return name.chopped(suffix.size());
        }
    }
    return name;
}

// moc 6.4 fails on raw strings that hold a quote inside of the class.
const QRegularExpression& sampleLine()
{
    static const QRegularExpression kLine(
        uR"(^[a-z_]+(\{([a-z_]+="([^"\\]|\\.)*",)*[a-z_]+="([^"\\]|\\.)*"\})? [0-9.e+-]+$)"_qs);
    return kLine;
}

void valueRows()
{
    QTest::addColumn<QString>("sample");
    QTest::addColumn<double>("value");
    const auto at = [](Counter counter) { return 10.0 * (static_cast<double>(counter) + 1); };
    const auto row = [](const char* name, const char* sample, double value) {
        QTest::newRow(name) << QString::fromLatin1(sample) << value;
    };
    row("requests of a listener", R"(signalbox_requests_total{listener="lb"})", at(Counter::Requests));
    row("requests of a route", R"(signalbox_route_requests_total{route="users"})", at(Counter::Requests));
    row("a backend has two labels", R"(signalbox_backend_requests_total{pool="p",backend="a1"})",
        at(Counter::Requests));
    row("429 counts as 4xx", R"(signalbox_responses_total{listener="lb",class="4xx"})",
        at(Counter::Status4xx) + at(Counter::Status429));
    row("429 has a family too", R"(signalbox_rate_limited_total{listener="lb"})", at(Counter::Status429));
    row("errors by kind", R"(signalbox_errors_total{listener="lb",kind="client-abort"})", at(Counter::ClientAborts));
    row("connect errors of a backend", R"(signalbox_backend_errors_total{pool="p",backend="a2",kind="connect"})",
        at(Counter::ConnectErrors));
    row("retries", R"(signalbox_retries_total{listener="lb"})", at(Counter::Retries));
    row("hedges", R"(signalbox_hedges_total{listener="lb"})", at(Counter::Hedges));
    row("copies of a route", R"(signalbox_route_mirrors_sent_total{route="users"})", at(Counter::MirrorsSent));
    row("copies to a pool", R"(signalbox_pool_mirrors_dropped_total{pool="p"})", at(Counter::MirrorsDropped));
    row("bytes", R"(signalbox_sent_bytes_total{listener="lb"})", at(Counter::BytesOut));
    row("kept connections", R"(signalbox_backend_connections_reused_total{pool="p",backend="a1"})",
        at(Counter::ConnectionsReused));
    row("under way", R"(signalbox_requests_active{listener="lb"})", 3);
    row("refusals of a policy", R"(signalbox_policy_rejected_total{policy="users/rate-limit"})", at(Counter::Rejected));
    row("a consumer", R"(signalbox_consumer_requests_total{consumer="mobile"})", at(Counter::Requests));
    row("a code", R"(signalbox_responses_by_code_total{code="503"})", 1);
    row("a healthy backend is up", R"(signalbox_backend_up{pool="p",backend="a1"})", 1);
    row("a failing backend is not", R"(signalbox_backend_up{pool="p",backend="a2"})", 0);
    row("a draining backend is not", R"(signalbox_backend_up{pool="p",backend="a3"})", 0);
    row("one without an address is not", R"(signalbox_backend_up{pool="p",backend="a4"})", 0);
    row("an ejected backend is not", R"(signalbox_backend_up{pool="p",backend="a5"})", 0);
    row("ejection is said", R"(signalbox_backend_ejected{pool="p",backend="a5"})", 1);
    row("failed checks", R"(signalbox_backend_checks_failed_total{pool="p",backend="a1"})", at(Counter::ChecksFailed));
    row("panic is said", R"(signalbox_pool_panic{pool="p"})", 1);
    row("draining is said", R"(signalbox_backend_draining{pool="p",backend="a3"})", 1);
    row("the plan", "signalbox_plan_epoch", 7);
    row("lost lines", "signalbox_access_log_dropped_total", 3);
    row("CPU time", "process_cpu_seconds_total", 1.25);
    row("the start", "process_start_time_seconds", 1.7e9);
    row("the build", R"(signalbox_build_info{version="1.2",reactor="epoll"})", 1);
    row("below 1 ms there is nothing", R"(signalbox_request_duration_seconds_bucket{listener="lb",le="0.0005"})", 0);
    row("up to 5 ms", R"(signalbox_request_duration_seconds_bucket{listener="lb",le="0.005"})", 2);
    row("up to 30 s", R"(signalbox_request_duration_seconds_bucket{listener="lb",le="30"})", 4);
    row("all", R"(signalbox_request_duration_seconds_bucket{listener="lb",le="+Inf"})", 5);
    row("how many", R"(signalbox_request_duration_seconds_count{listener="lb"})", 5);
}

}  // namespace

class tst_MetricsText : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void everyFamilyIsDeclaredOnceAndStaysTogether()
    {
        const QString text = QString::fromStdString(metricsText(fullStatus()));
        QVERIFY(text.endsWith(u'\n'));
        QHash<QString, QString> types;
        QString helped;
        QString current;
        for (const auto& line : text.split(u'\n', Qt::SkipEmptyParts)) {
            const auto words = line.split(u' ');
            if (line.startsWith(u"# HELP ")) {
                helped = words[2];
                QVERIFY2(words.size() > 3, qPrintable(line));
            } else if (line.startsWith(u"# TYPE ")) {
                QCOMPARE(words[2], helped);
                QVERIFY2(!types.contains(words[2]), qPrintable(line));
                types.insert(words[2], words[3]);
                current = words[2];
                QCOMPARE(words[3] == u"counter", words[2].endsWith(u"_total"));
            } else {
                QVERIFY2(sampleLine().match(line).hasMatch(), qPrintable(line));
                QCOMPARE(familyOf(line, types), current);
            }
        }
        QVERIFY(types.size() > 40);
    }

    void valuesAreThoseOfTheSnapshot_data() { valueRows(); }

    void valuesAreThoseOfTheSnapshot()
    {
        QFETCH(QString, sample);
        QFETCH(double, value);
        const auto all = samples(QString::fromStdString(metricsText(fullStatus())));
        QVERIFY2(all.contains(sample), qPrintable(sample));
        QCOMPARE(all.value(sample), value);
    }

    void theSumIsExact()
    {
        const auto all = samples(QString::fromStdString(metricsText(fullStatus())));
        QCOMPARE(all.value(u"signalbox_request_duration_seconds_sum{listener=\"lb\"}"_qs), 110.034);
    }

    void bucketsOnlyGrow()
    {
        double before = 0;
        int seen = 0;
        for (const auto& line : QString::fromStdString(metricsText(fullStatus())).split(u'\n')) {
            if (line.startsWith(u"signalbox_pool_request_duration_seconds_bucket")) {
                const double value = line.section(u' ', -1).toDouble();
                QVERIFY(value >= before);
                before = value;
                ++seen;
            }
        }
        QCOMPARE(seen, 16);
    }

    void labelsAreEscaped()
    {
        Status status;
        status.version = "a\"b\\c\nd";
        QVERIFY(metricsText(status).find("version=\"a\\\"b\\\\c\\nd\"") != std::string::npos);
    }
};

QTEST_GUILESS_MAIN(tst_MetricsText)
#include "tst_metrics_text.moc"
