#include "ui/shell/shortcut_sheet.h"

#include <QFrame>
#include <QGridLayout>
#include <QScrollArea>
#include <QVBoxLayout>

#include "ui/theme/widgets.h"

namespace signalbox::ui {

ShortcutSheet::ShortcutSheet(const ActionRegistry& registry, QWidget* parent) : QDialog(parent)
{
    setObjectName(QStringLiteral("shortcutSheet"));
    setWindowTitle(QStringLiteral("Keyboard shortcuts"));
    resize(720, 560);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(24, 20, 24, 20);
    layout->setSpacing(12);
    layout->addWidget(new TextLabel(QStringLiteral("Keyboard shortcuts"), Theme::TextRole::Page, false, this));
    auto* scroll = new QScrollArea(this);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setWidgetResizable(true);
    auto* content = new QWidget;
    auto* columns = new QHBoxLayout(content);
    columns->setSpacing(32);
    columns->setContentsMargins(0, 0, 0, 0);
    QVBoxLayout* column[2] = {new QVBoxLayout, new QVBoxLayout};
    columns->addLayout(column[0], 1);
    columns->addLayout(column[1], 1);
    int group = 0;
    for (const QString& menu : {QStringLiteral("File"), QStringLiteral("Edit"), QStringLiteral("View"),
                                QStringLiteral("Run"), QStringLiteral("Help")}) {
        auto* grid = new QGridLayout;
        grid->setVerticalSpacing(4);
        int row = 0;
        grid->addWidget(new TextLabel(menu, Theme::TextRole::Section), row++, 0);
        for (const auto& entry : registry.all()) {
            if (entry.spec.menu == menu && !entry.spec.key.isEmpty()) {
                grid->addWidget(new TextLabel(entry.spec.text, Theme::TextRole::Body), row, 0);
                grid->addWidget(
                    new TextLabel(entry.spec.key.toString(QKeySequence::NativeText), Theme::TextRole::Mono, true),
                    row++, 1, Qt::AlignRight);
            }
        }
        auto* target = column[group == 1 || group == 4 ? 1 : 0];
        target->addLayout(grid);
        target->addSpacing(12);
        ++group;
    }
    column[0]->addStretch();
    column[1]->addStretch();
    scroll->setWidget(content);
    layout->addWidget(scroll, 1);
    layout->addWidget(new TextLabel(QStringLiteral("Single letters act while the canvas or the table has the focus."),
                                    Theme::TextRole::Small, true, this));
    auto* close = makeButton(QStringLiteral("Done"), QStringLiteral("shortcutsDone"), true, {}, this);
    connect(close, &QPushButton::clicked, this, &QDialog::accept);
    layout->addWidget(close, 0, Qt::AlignRight);
}

}  // namespace signalbox::ui
