#pragma once

#include <QHBoxLayout>
#include <QLabel>
#include <QWidget>

#include <functional>
#include <vector>

namespace signalbox::ui {

/// One line above the canvas that says what happened, why, and what to do; never a dialog. GUI thread.
class MessageBar : public QWidget {
    Q_OBJECT

public:
    enum class Kind { Info, Warning, Error };
    struct Choice {
        QString text;
        std::function<void()> run;
    };

    explicit MessageBar(QWidget* parent = nullptr);
    void say(Kind kind, const QString& text, const std::vector<Choice>& choices = {});
    [[nodiscard]] QString text() const { return m_text->text(); }

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    Kind m_kind = Kind::Info;
    QLabel* m_icon;
    QLabel* m_text;
    QHBoxLayout* m_choices;
};

}  // namespace signalbox::ui
