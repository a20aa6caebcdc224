#pragma once

#include <QAbstractTableModel>

#include "ui/bridge/engine_bridge.h"
#include "ui/bridge/site_document.h"
#include "ui/canvas/live_values.h"

namespace signalbox::ui {

/// The drawing as rows: every node with its kind, state, numbers and what it sends to. The name can be edited. GUI thread.
class TopologyTableModel : public QAbstractTableModel {
    Q_OBJECT

public:
    enum Column { Name, Kind, State, Rate, Errors, P99, Active, SendsTo, Columns };

    TopologyTableModel(SiteDocument& document, EngineBridge& bridge, QObject* parent = nullptr);

    [[nodiscard]] QString pathAt(int row) const;
    [[nodiscard]] int rowOf(const QString& path) const;
    [[nodiscard]] const TopologyModel& topology() const noexcept { return m_topology; }

    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
    [[nodiscard]] Qt::ItemFlags flags(const QModelIndex& index) const override;
    bool setData(const QModelIndex& index, const QVariant& value, int role) override;

Q_SIGNALS:
    /// Rows were made anew; selections must be restored.
    void rebuilt();

private:
    void rebuild();
    void refresh();
    [[nodiscard]] QString text(const TopologyNode& node, int column) const;
    [[nodiscard]] QString stateText(const TopologyNode& node) const;

    SiteDocument& m_document;
    EngineBridge& m_bridge;
    TopologyModel m_topology;
    LiveValues m_live;
};

}  // namespace signalbox::ui
