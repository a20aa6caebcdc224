#pragma once

#include <QLabel>
#include <QPushButton>
#include <QToolButton>
#include <QWidget>

#include "ui/theme/theme.h"

/// Small building blocks that every panel uses, so that all look alike. GUI thread; owned by their parent.
namespace signalbox::ui {

/// A label in one of the theme's type sizes that follows scale and theme changes.
class TextLabel : public QLabel {
    Q_OBJECT

public:
    TextLabel(const QString& text, Theme::TextRole role, bool muted = false, QWidget* parent = nullptr);
    void setMuted(bool muted);

private:
    void restyle();
    Theme::TextRole m_role;
    bool m_muted;
};

/// A single line that ends in "…" where it does not fit; the whole text is its tooltip.
class ElidedLabel : public TextLabel {
    Q_OBJECT

public:
    ElidedLabel(const QString& text, Theme::TextRole role, bool muted = false, QWidget* parent = nullptr);
    [[nodiscard]] QSize minimumSizeHint() const override;
    [[nodiscard]] QSize sizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;
};

/// A plain area in the theme's surface or window colour, with a line on some of its sides.
class Panel : public QWidget {
    Q_OBJECT

public:
    enum class Fill { Surface, Window };
    explicit Panel(Fill fill, QWidget* parent = nullptr, Qt::Edges lines = {});
    void setLines(Qt::Edges lines);

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    Fill m_fill;
    Qt::Edges m_lines;
};

/// "What this is. Why it is empty." and up to two buttons that help.
class EmptyState : public QWidget {
    Q_OBJECT

public:
    EmptyState(const QString& iconName, const QString& title, const QString& why, QWidget* parent = nullptr);
    /// The first is the primary one.
    QPushButton* addButton(const QString& text, const QString& objectName);
    void setTexts(const QString& title, const QString& why);

protected:
    /// A low panel has no room for the picture: the words and the buttons go first.
    void resizeEvent(QResizeEvent* event) override;

private:
    QLabel* m_picture;
    QLabel* m_title;
    QLabel* m_why;
    QWidget* m_buttons;
};

/// A 32-px icon button with its name, help and key for every reader.
[[nodiscard]] QToolButton* makeIconButton(const QString& iconName, const QString& objectName,
                                          const QString& accessibleName, const QString& toolTip,
                                          QWidget* parent = nullptr);
/// A push button; `primary` fills it with the accent.
[[nodiscard]] QPushButton* makeButton(const QString& text, const QString& objectName, bool primary = false,
                                      const QString& iconName = {}, QWidget* parent = nullptr);
/// A thin line between groups.
[[nodiscard]] QWidget* makeLine(Qt::Orientation orientation, QWidget* parent = nullptr);
/// Sets object name, accessible name and tooltip at once.
void describe(QWidget* widget, const QString& objectName, const QString& accessibleName, const QString& toolTip = {});

}  // namespace signalbox::ui
