#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>

#include "core/admin/site_text.h"
#include "core/admin/stats_json.h"
#include "core/catalog/builtin_catalog.h"

using namespace signalbox;
using namespace signalbox::admin;

namespace {

constexpr const char* kSecretSite = R"(signalbox: 1
# the key is s3cret-comment
listeners:
  - name: api
    bind: 127.0.0.1:1
    role: api-gateway
    routes:
      - name: all
        policies:
          - api-key: {header: X-Api-Key}
          - request-headers: {set: {Authorization: "Bearer s3cret-header", X-Plain: visible}}
        pool: p
pools: [{name: p, backends: [{name: a, address: 127.0.0.1:2}]}]
consumers:
  - {name: one, keys: [s3cret-key-1, s3cret-key-2], groups: [paying]}
  - {name: two, keys: s3cret-lone}
  - {name: three, basic: {user: joe, password_sha256: "5ec2e700000000000000000000000000000000000000000000000000005ec2e7"}}
traffic:
  - name: t
    target: api
    duration: 1s
    arrivals: {process: constant, rate: 1/s}
    requests: [{path: /, headers: {X-Api-Key: s3cret-sent}}]
)";

site::Site siteOf(const std::string& text)
{
    return site::readSite(text, "s.yaml", catalog::builtinCatalog()).site;
}

}  // namespace

class tst_AdminTexts : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void secretsAreMaskedAndAllElseStays()
    {
        const auto site = siteOf(kSecretSite);
        const auto shown = masked(site, catalog::builtinCatalog());
        for (const std::string& text : {site::writeSite(shown), siteJson(shown)}) {
            QVERIFY2(text.find("s3cret") == std::string::npos && text.find("5ec2e7") == std::string::npos,
                     text.c_str());
            for (const char* word : {"joe", "paying", "visible", "X-Api-Key", "127.0.0.1:2", "<masked>"}) {
                QVERIFY2(text.find(word) != std::string::npos, word);
            }
        }
        QVERIFY(holdsMask(shown.root));
        QVERIFY(!holdsMask(site.root));
    }

    void jsonReadsBackEqual_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::newRow("a whole site") << QByteArray(kSecretSite);
        QTest::newRow("texts that look like numbers") << QByteArray(
            "signalbox: 1\nlisteners:\n  - {name: a, bind: '1', routes: [{name: r, match: {headers: "
            "{X: \"1\", Y: 2, Z: \"true\", W: true, V: 0x1F, U: 010, T: 1e3, S: \"\", R: ~}}}]}\n");
        QTest::newRow("quotes and characters") << QByteArray("signalbox: 1\ncanvas: {'a\"b': [1, -2.5, 'é\\n']}\n");
    }

    void jsonReadsBackEqual()
    {
        QFETCH(QByteArray, text);
        const auto site = siteOf(text.toStdString());
        const std::string json = siteJson(site);
        QJsonParseError error;
        QJsonDocument::fromJson(QByteArray::fromStdString(json), &error);
        QCOMPARE(error.error, QJsonParseError::NoError);
        const auto again = siteOf(json);
        QCOMPARE(site::writeSite(again).empty(), false);
        QVERIFY2(again == site, json.c_str());
    }

    void statsHaveTheirShape()
    {
        Status status;
        status.version = "1";
        status.epoch = 4;
        status.stats.wallNs = 1'700'000'000'000'000'000;
        status.stats.status = {{200, 9}};
        stats::SlotSnapshot backend;
        backend.scope = stats::Scope::Backend;
        backend.name = "p/a";
        backend.counters[static_cast<std::size_t>(stats::Counter::Requests)] = 9;
        backend.latency.record(std::chrono::milliseconds(2), 9);
        auto gone = backend;
        gone.name = "p/old";
        auto listener = backend;
        listener.scope = stats::Scope::Listener;
        listener.name = "lb";
        listener.counters[static_cast<std::size_t>(stats::Counter::Status4xx)] = 2;
        listener.counters[static_cast<std::size_t>(stats::Counter::Status429)] = 3;
        auto policy = backend;
        policy.scope = stats::Scope::Policy;
        policy.name = "r/acl";
        status.stats.slots = {backend, gone, listener, policy};
        status.listeners = {{"lb", "127.0.0.1:80", "load-balancer"}};
        status.backends = {{"p", "a", "api.internal:80", "10.0.0.1:80", true, true, 0, 5}};
        QJsonParseError error;
        const auto json = QJsonDocument::fromJson(QByteArray::fromStdString(statsJson(status)), &error).object();
        QCOMPARE(error.error, QJsonParseError::NoError);
        QCOMPARE(json[u"time"].toString(), u"2023-11-14T22:13:20Z"_qs);
        QCOMPARE(json[u"epoch"].toInt(), 4);
        QCOMPARE(json[u"status"].toObject()[u"200"].toInt(), 9);
        const auto first = json[u"backends"].toArray()[0].toObject();
        QCOMPARE(first[u"state"].toString(), u"draining"_qs);
        QCOMPARE(first[u"endpoint"].toString(), u"10.0.0.1:80"_qs);
        QCOMPARE(first[u"weight"].toInt(), 5);
        QCOMPARE(first[u"requests"].toInt(), 9);
        QCOMPARE(first[u"latency_ms"].toObject()[u"count"].toInt(), 9);
        QVERIFY(qAbs(first[u"latency_ms"].toObject()[u"p50"].toDouble() - 2) < 0.1);
        QCOMPARE(json[u"backends"].toArray()[1].toObject()[u"state"].toString(), u"removed"_qs);
        const auto responses = json[u"listeners"].toArray()[0].toObject()[u"responses"].toObject();
        QCOMPARE(responses[u"4xx"].toInt(), 5);
        QCOMPARE(responses[u"429"].toInt(), 3);
        QCOMPARE(json[u"policies"].toArray()[0].toObject()[u"name"].toString(), u"r/acl"_qs);
        for (const char* key : {"reactor", "workers", "draining", "traces_dropped", "access_log", "process", "routes",
                                "pools", "consumers"}) {
            QVERIFY2(json.contains(QLatin1String(key)), key);
        }
    }
};

QTEST_GUILESS_MAIN(tst_AdminTexts)
#include "tst_admin_texts.moc"
