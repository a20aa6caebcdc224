#include <QSet>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "ui/canvas/topology_model.h"

namespace signalbox::ui {

namespace {

constexpr qreal kColumnStep = 264;  // 176 wide, 88 apart: room for an edge's label
constexpr qreal kRowStep = 96;
constexpr qreal kOrigin = 48;

qreal snapped(qreal value)
{
    return std::round(value / kGrid) * kGrid;
}

/// Longest-path columns and barycentre rows over the indices of a model's nodes.
class Layers {
public:
    explicit Layers(const TopologyModel& model) : m_count(static_cast<int>(model.nodes.size()))
    {
        QHash<QString, int> index;
        for (int at = 0; at < m_count; ++at) {
            index.insert(model.nodes[static_cast<std::size_t>(at)].path, at);
        }
        m_out.resize(m_count);
        m_in.resize(m_count);
        for (const auto& edge : model.edges) {
            const int from = index.value(edge.from, -1);
            const int to = index.value(edge.to, -1);
            if (from >= 0 && to >= 0 && from != to) {
                m_out[from].push_back(to);
                m_in[to].push_back(from);
            }
        }
        assignColumns();
        orderRows();
    }

    [[nodiscard]] int column(int node) const { return m_column[node]; }
    [[nodiscard]] qreal row(int node) const { return m_row[node]; }

private:
    void assignColumns()
    {
        m_column.fill(0, m_count);
        // Bounded passes instead of a topological sort: a loop in the drawing must not hang it.
        for (int pass = 0; pass < m_count; ++pass) {
            bool moved = false;
            for (int node = 0; node < m_count; ++node) {
                for (const int to : m_out[node]) {
                    if (m_column[to] < m_column[node] + 1 && m_column[node] + 1 < m_count) {
                        m_column[to] = m_column[node] + 1;
                        moved = true;
                    }
                }
            }
            if (!moved) {
                break;
            }
        }
        // A source stands right before what it feeds, not at the far left.
        for (int node = 0; node < m_count; ++node) {
            if (m_in[node].isEmpty() && !m_out[node].isEmpty()) {
                int nearest = m_count;
                for (const int to : m_out[node]) {
                    nearest = std::min(nearest, m_column[to]);
                }
                m_column[node] = std::max(0, nearest - 1);
            }
        }
    }

    void orderRows()
    {
        const int columns = m_count == 0 ? 0 : 1 + *std::max_element(m_column.cbegin(), m_column.cend());
        QVector<QVector<int>> layers(columns);
        for (int node = 0; node < m_count; ++node) {
            layers[m_column[node]].push_back(node);
        }
        m_row.fill(0, m_count);
        for (auto& layer : layers) {
            spread(layer);
        }
        for (int pass = 0; pass < 4; ++pass) {
            const bool forward = pass % 2 == 0;
            for (int step = 0; step < columns; ++step) {
                auto& layer = layers[forward ? step : columns - 1 - step];
                sortByNeighbours(layer, forward ? m_in : m_out);
            }
        }
        centre(layers);
    }

    void spread(const QVector<int>& layer)
    {
        for (int at = 0; at < layer.size(); ++at) {
            m_row[layer[at]] = at;
        }
    }

    [[nodiscard]] qreal barycentre(int node, const QVector<QVector<int>>& neighbours) const
    {
        const auto& list = neighbours[node];
        if (list.isEmpty()) {
            return m_row[node];
        }
        return std::accumulate(list.cbegin(), list.cend(), 0.0, [this](qreal sum, int other) { return sum + m_row[other]; }) /
               list.size();
    }

    void sortByNeighbours(QVector<int>& layer, const QVector<QVector<int>>& neighbours)
    {
        QHash<int, qreal> keys;
        for (const int node : layer) {
            keys.insert(node, barycentre(node, neighbours));
        }
        std::stable_sort(layer.begin(), layer.end(), [&](int a, int b) { return keys[a] < keys[b]; });
        spread(layer);
    }

    /// From the right: a node stands in the middle of what it feeds; a tall column is centred against the tallest.
    void centre(const QVector<QVector<int>>& layers)
    {
        for (int at = static_cast<int>(layers.size()) - 1; at >= 0; --at) {
            qreal next = -1e9;
            for (const int node : layers[at]) {
                const qreal wish = m_out[node].isEmpty() ? m_row[node] : barycentre(node, m_out);
                m_row[node] = std::max(wish, next);
                next = m_row[node] + 1;
            }
        }
        const qreal top = m_count == 0 ? 0 : *std::min_element(m_row.cbegin(), m_row.cend());
        for (auto& row : m_row) {
            row -= top;
        }
    }

    int m_count;
    QVector<QVector<int>> m_out, m_in;
    QVector<int> m_column;
    QVector<qreal> m_row;
};

bool overlaps(const TopologyNode& a, const TopologyNode& b)
{
    return std::abs(a.position.x() - b.position.x()) < kNodeWidth + kGrid / 2 &&
           std::abs(a.position.y() - b.position.y()) < kNodeHeight + kGrid / 2;
}

/// Moves a node that was not placed by hand down until it covers no placed one.
void avoidPlaced(TopologyNode& node, const std::vector<TopologyNode>& nodes)
{
    for (int tries = 0; tries < 200; ++tries) {
        const bool taken = std::any_of(nodes.begin(), nodes.end(), [&](const TopologyNode& other) {
            return other.placed && &other != &node && overlaps(node, other);
        });
        if (!taken) {
            return;
        }
        node.position.ry() += kGrid;
    }
}

}  // namespace

void layOut(TopologyModel& model, bool all)
{
    const Layers layers(model);
    for (std::size_t at = 0; at < model.nodes.size(); ++at) {
        auto& node = model.nodes[at];
        if (node.placed && !all) {
            continue;
        }
        const int index = static_cast<int>(at);
        node.position = {snapped(kOrigin + layers.column(index) * kColumnStep),
                         snapped(kOrigin + layers.row(index) * kRowStep)};
        if (!all) {
            avoidPlaced(node, model.nodes);
        }
    }
}

}  // namespace signalbox::ui
