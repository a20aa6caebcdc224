#pragma once

#include <QDialog>

#include "ui/charts/chart.h"

namespace signalbox::ui {

/// The values of a chart at the moment it was asked for, as a table that can be read aloud and copied. GUI thread.
class ChartTableDialog : public QDialog {
    Q_OBJECT

public:
    ChartTableDialog(const QString& title, const ChartTable& table, QWidget* parent = nullptr);
};

}  // namespace signalbox::ui
