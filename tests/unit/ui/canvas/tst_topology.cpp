#include <QTest>

#include "core/catalog/builtin_catalog.h"
#include "ui/bridge/site_document.h"
#include "ui/canvas/canvas_edits.h"
#include "ui/canvas/edge_path.h"
#include "ui/canvas/node_painter.h"
#include "ui/canvas/topology_model.h"
#include "ui/canvas/traffic_layer.h"

using namespace signalbox;
using namespace signalbox::ui;

namespace {

constexpr const char* kSite = R"(signalbox: 1
listeners:
  - name: api
    bind: 127.0.0.1:8080
    protocol: http
    role: api-gateway
    routes:
      - {name: users, match: {path: /user}, pool: shop}
      - {name: orders, match: {path: /order}, split: [{pool: shop, weight: 90}, {pool: next, weight: 10}]}
pools:
  - name: shop
    balance: round-robin
    backends:
      - {name: a1, address: "mock:a1"}
      - {name: a2, address: 127.0.0.1:9002}
  - name: next
    balance: random
    backends: [{name: b1, address: "mock:b1"}]
mocks:
  - {name: a1, bind: 127.0.0.1:9001}
  - {name: a2, bind: 127.0.0.1:9002}
  - {name: b1, bind: 127.0.0.1:9003}
  - {name: loose, bind: 127.0.0.1:9004}
traffic:
  - {name: rush, target: api, duration: 10s, arrivals: {process: poisson, rate: 50/s}, requests: [{path: /user}]}
)";

site::Site sample()
{
    return site::readSite(kSite, "sample.yaml", catalog::builtinCatalog()).site;
}

}  // namespace

class tst_Topology : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void nodesAndEdgesComeFromTheSite()
    {
        const auto model = TopologyModel::fromSite(sample());
        QStringList paths;
        for (const auto& node : model.nodes) {
            paths << node.path;
        }
        paths.sort();
        // Mocks that stand behind a backend are drawn with it, by name and by address; the loose one stays alone.
        QCOMPARE(paths, (QStringList{u"listeners/api"_qs, u"listeners/api/routes/orders"_qs, u"listeners/api/routes/users"_qs,
                                     u"mocks/loose"_qs, u"pools/next"_qs, u"pools/next/backends/b1"_qs, u"pools/shop"_qs,
                                     u"pools/shop/backends/a1"_qs, u"pools/shop/backends/a2"_qs, u"traffic/rush"_qs}));
        QCOMPARE(model.edges.size(), std::size_t(9));
        const auto split = std::find_if(model.edges.begin(), model.edges.end(), [](const TopologyEdge& edge) {
            return edge.from == u"listeners/api/routes/orders"_qs && edge.to == u"pools/next"_qs;
        });
        QVERIFY(split != model.edges.end());
        QCOMPARE(split->label, u"10 %"_qs);
    }

    void theLayoutRunsLeftToRightWithoutOverlap()
    {
        auto model = TopologyModel::fromSite(sample());
        layOut(model, true);
        for (const auto& edge : model.edges) {
            QVERIFY2(model.find(edge.from)->position.x() < model.find(edge.to)->position.x(), qPrintable(edge.from));
        }
        for (const auto& a : model.nodes) {
            for (const auto& b : model.nodes) {
                QVERIFY2(a.path == b.path || !nodeRect(a).intersects(nodeRect(b)), qPrintable(a.path + u" over "_qs + b.path));
            }
        }
    }

    void aLoopInTheDrawingIsLaidOut()
    {
        TopologyModel model;
        for (const auto& name : {u"a"_qs, u"b"_qs, u"c"_qs}) {
            TopologyNode node;
            node.path = name;
            model.nodes.push_back(node);
        }
        model.edges = {{u"a"_qs, u"b"_qs, {}}, {u"b"_qs, u"c"_qs, {}}, {u"c"_qs, u"a"_qs, {}}};
        layOut(model, true);
        QVERIFY(model.find(u"a"_qs)->position != model.find(u"b"_qs)->position);
    }

    void everyEditIsOneStepAndCanBeUndone_data()
    {
        QTest::addColumn<int>("kind");
        QTest::newRow("a load balancer") << static_cast<int>(NodeKind::LoadBalancer);
        QTest::newRow("a gateway") << static_cast<int>(NodeKind::Gateway);
        QTest::newRow("a route") << static_cast<int>(NodeKind::Route);
        QTest::newRow("a pool") << static_cast<int>(NodeKind::Pool);
        QTest::newRow("a backend with its mock") << static_cast<int>(NodeKind::Backend);
        QTest::newRow("a mock") << static_cast<int>(NodeKind::Mock);
        QTest::newRow("traffic") << static_cast<int>(NodeKind::Traffic);
    }

    void everyEditIsOneStepAndCanBeUndone()
    {
        QFETCH(int, kind);
        SiteDocument document(catalog::builtinCatalog());
        document.setSite(sample(), u"sample"_qs);
        const auto before = document.site();
        CanvasEdits edits(document);
        QString why;
        const QString path = edits.add(static_cast<NodeKind>(kind), {96, 480}, {}, &why);
        QVERIFY2(!path.isEmpty(), qPrintable(why));
        const auto model = TopologyModel::fromSite(document.site());
        const auto* node = model.find(path);
        QVERIFY(node);
        QCOMPARE(node->position, QPointF(96, 480));
        QCOMPARE(document.undoStack().count(), 1);
        document.undoStack().undo();
        QVERIFY(document.site() == before);
    }

    void connectingFollowsTheRules_data()
    {
        QTest::addColumn<QString>("from");
        QTest::addColumn<QString>("to");
        QTest::addColumn<bool>("allowed");
        QTest::newRow("a route goes to a pool") << u"listeners/api/routes/users"_qs << u"pools/next"_qs << true;
        QTest::newRow("a pool takes a mock as a backend") << u"pools/next"_qs << u"mocks/loose"_qs << true;
        QTest::newRow("a gateway gets a route to a pool") << u"listeners/api"_qs << u"pools/next"_qs << true;
        QTest::newRow("a mock sends nothing") << u"mocks/loose"_qs << u"pools/shop"_qs << false;
        QTest::newRow("traffic does not go to a pool") << u"traffic/rush"_qs << u"pools/shop"_qs << false;
        QTest::newRow("a backend does not send to a pool") << u"pools/shop/backends/a1"_qs << u"pools/next"_qs << false;
    }

    void connectingFollowsTheRules()
    {
        QFETCH(QString, from);
        QFETCH(QString, to);
        QFETCH(bool, allowed);
        SiteDocument document(catalog::builtinCatalog());
        document.setSite(sample(), u"sample"_qs);
        const auto before = document.site();
        CanvasEdits edits(document);
        QString why;
        QCOMPARE(edits.connectNodes(from, to, &why), allowed);
        QCOMPARE(why.isEmpty(), allowed);
        QCOMPARE(document.site() == before, !allowed);
        if (allowed) {
            QVERIFY(!site::hasErrors(document.problems()));
            document.undoStack().undo();
            QVERIFY(document.site() == before);
        }
    }

    void removingAndDuplicating()
    {
        SiteDocument document(catalog::builtinCatalog());
        document.setSite(sample(), u"sample"_qs);
        const auto before = document.site();
        CanvasEdits edits(document);
        const auto made = edits.duplicate({u"pools/shop/backends/a2"_qs});
        QCOMPARE(made, QStringList{u"pools/shop/backends/a2-2"_qs});
        edits.remove({u"pools/shop"_qs, u"pools/shop/backends/a1"_qs});
        QVERIFY(!TopologyModel::fromSite(document.site()).find(u"pools/shop"_qs));
        document.undoStack().undo();
        document.undoStack().undo();
        QVERIFY(document.site() == before);
    }

    void dotsStayWithinTheirBudget()
    {
        TrafficLayer layer;
        QVector<TrafficLayer::Edge> edges;
        for (int at = 0; at < 60; ++at) {
            edges.push_back({QString::number(at), u"to"_qs, EdgePath({0, 0}, {400, at * 20.0}), true, true});
        }
        layer.setEdges(edges);
        layer.setRates(LiveValues());
        layer.advance(0.1);
        QCOMPARE(layer.dotCount(), 0);
    }

    void labelsAvoidNodes()
    {
        const EdgePath path({0, 0}, {600, 0});
        const QRectF node(360, 0, 60, 68);
        const auto centres = placeLabels({path}, {QSizeF(60, 20)}, {node});
        QRectF plate(QPointF(), QSizeF(60, 20));
        QVERIFY(centres.front());
        plate.moveCenter(*centres.front());
        QVERIFY(!plate.intersects(node));
    }
};

QTEST_MAIN(tst_Topology)
#include "tst_topology.moc"
