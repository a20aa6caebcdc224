#pragma once

#include <QVector>
#include <QWidget>

namespace signalbox::ui {

/// A number with its name, its unit and its last minute as a line. GUI thread.
class StatTile : public QWidget {
    Q_OBJECT

public:
    StatTile(const QString& objectName, const QString& label, const QString& unit, QWidget* parent = nullptr);
    /// An empty value is shown as a dash. Points that are not numbers are gaps.
    void setValue(const QString& value, const QVector<double>& spark);
    [[nodiscard]] QString value() const { return m_value; }
    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override { return sizeHint(); }

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    QString m_label;
    QString m_unit;
    QString m_value;
    QVector<double> m_spark;
};

}  // namespace signalbox::ui
