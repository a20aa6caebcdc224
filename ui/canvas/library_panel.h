#pragma once

#include <QWidget>
#include <optional>
#include <vector>

#include "ui/canvas/topology_model.h"

class QMimeData;

namespace signalbox::ui {

/// The parts that can be drawn: dragged onto the canvas, or added by a click or Enter. GUI thread.
class LibraryPanel : public QWidget {
    Q_OBJECT

public:
    explicit LibraryPanel(QWidget* parent = nullptr);
    /// Icons only, for a narrow window.
    void setCompact(bool compact);

    [[nodiscard]] static const std::vector<NodeKind>& kinds();
    [[nodiscard]] static QString mimeType();
    [[nodiscard]] static std::optional<NodeKind> kindOf(const QMimeData* data);

Q_SIGNALS:
    void addRequested(NodeKind kind);

private:
    std::vector<class LibraryButton*> m_buttons;
};

}  // namespace signalbox::ui
